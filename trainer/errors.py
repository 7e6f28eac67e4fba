"""Errors shared by all rooms of the trainer: specs, data and checkpoints that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One problem in a spec. ``path`` is that of the field, such as ``("network", "layers", 0, "units")``."""

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
        super().__init__("; ".join(f"{problem.name or 'spec'}: {problem.message}" for problem in problems))


class BadData(ValueError):
    """Data that cannot be used: missing, unexpected or unreadable. The message is shown to people and says what is
    wrong and what to do."""


class CheckpointDamaged(Exception):
    """The files of a checkpoint do not match its manifest. The message is a sentence shown to people."""
