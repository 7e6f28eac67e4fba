"""Reading a spec from plain values, strictly, with a sentence for every field that is wrong."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from trainer.errors import Problem, SpecError
from trainer.spec import Spec, upgrade
from trainer.validation.messages import problem_of


def parse_spec(value: Any, typed: bool = False) -> Spec:
    """Read a spec from plain JSON values, strictly: no text for numbers, no unknown fields.

    One of an earlier version is upgraded. What is left out gets its default. ``typed`` words what is wrong for a person
    who filled in a form. Raises :class:`SpecError` with one problem for every field that is wrong.
    """
    try:
        text = json.dumps(upgrade(value))
    except SpecError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        message = f"This cannot be written as JSON ({error}). Give the spec as a JSON object of plain values."
        raise SpecError([Problem((), message)]) from None
    try:
        return Spec.model_validate_json(text)
    except ValidationError as error:
        raise SpecError([problem_of(entry, Spec, typed) for entry in error.errors()]) from None
