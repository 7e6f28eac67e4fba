"""Parsing a spec from plain values, strictly, with a message for every invalid field."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Spec, upgrade
from trainer.spec.shorthand import spell_out
from trainer.validation.messages import problem_of


def parse_spec(value: Any, typed: bool = False) -> Spec:
    """Parse a spec from plain JSON values, strictly: no text for numbers, no unknown fields.

    A spec of an earlier version is upgraded, an option that is given by its kind alone is spelled out, and missing
    fields get their defaults. With ``typed``, the messages are worded for a person who filled in a form. Raises
    :class:`SpecError` with one problem for every invalid field.
    """
    try:
        text = json.dumps(spell_out(upgrade(value), Spec))
    except SpecError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        message = Message(
            "This cannot be written as JSON ({error}). Give the spec as a JSON object of plain values.",
            error=str(error),
        )
        raise SpecError([Problem((), message)]) from None
    try:
        return Spec.model_validate_json(text)
    except ValidationError as error:
        raise SpecError([problem_of(entry, Spec, typed) for entry in error.errors()]) from None
