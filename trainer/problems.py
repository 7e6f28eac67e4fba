"""What is wrong with a spec, in words: where, what was given, what is accepted, what to do."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from trainer.refusals import Problem, SpecError
from trainer.spec import Spec

__all__ = ["Problem", "SpecError", "parse_spec"]


def parse_spec(value: Any) -> Spec:
    """Read a spec from plain JSON values, strictly: no text for numbers, no unknown fields.

    Raises :class:`SpecError` with one problem for every field that is wrong.
    """
    try:
        return Spec.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise SpecError([_problem(entry) for entry in error.errors()]) from None


def _problem(entry: Any) -> Problem:
    return Problem(path=tuple(entry["loc"]), message=entry["msg"])
