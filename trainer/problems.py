"""What is wrong with a spec, in words: where, what was given, what is accepted, what to do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from trainer.spec import Spec


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``path`` leads to the field, such as ``("network", "layers", 0, "units")``."""

    path: tuple[str | int, ...]
    message: str

    @property
    def name(self) -> str:
        """The path as the form writes it: ``network.layers.0.units``."""
        return ".".join(str(part) for part in self.path)


class SpecError(ValueError):
    """A spec that cannot be used; ``problems`` has at least one entry."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.name}: {problem.message}" for problem in problems))


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
