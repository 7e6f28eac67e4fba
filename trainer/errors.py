"""Errors shared by all rooms of the trainer: specs, data and checkpoints that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.messages.message import Message, joined_by, verbatim


@dataclass(frozen=True)
class Problem:
    """One problem in a spec. ``path`` is that of the field, such as ``("network", "layers", 0, "units")``."""

    path: tuple[str | int, ...]
    message: Message

    @property
    def name(self) -> str:
        """The path as the form writes it: ``network.layers.0.units``."""
        return ".".join(str(part) for part in self.path)


class Explained(Exception):
    """An error with a message for people, which says what is wrong and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message)

    def __str__(self) -> str:
        return str(self.message)


def own_message(error: BaseException) -> Message | None:
    """The message for people that ``error`` carries; ``None`` for errors of libraries and of the system."""
    if isinstance(error, Explained):
        return error.message
    carried = (*error.args, getattr(error, "strerror", None))
    return next((each for each in carried if isinstance(each, Message)), None)


def message_of(error: BaseException) -> Message:
    """What ``error`` says: its message for people, else the text of a library or of the system as it is."""
    return own_message(error) or verbatim(str(error))


class SpecError(Explained, ValueError):
    """A spec that cannot be used; ``problems`` has at least one entry."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        named = [Message("{field}: {problem}", field=each.name or "spec", problem=each.message) for each in problems]
        super().__init__(joined_by("; ", named))


class BadData(Explained, ValueError):
    """Data that cannot be used: missing, unexpected or unreadable."""


class CheckpointDamaged(Explained):
    """The files of a checkpoint do not match its manifest."""
