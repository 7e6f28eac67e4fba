"""A finding: something a rule noticed in data, what it means, and what to do. Imports no NumPy: the site reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.messages.message import NOTHING, Message

MOST_INDICES = 1000
# Findings of data that is in two of the dataset's own parts: measured on it, every network looks too good.
LEAKS = ("leak", "near_leak")


@dataclass(frozen=True)
class Finding:
    """``name`` says which rule it is of; ``indices`` are the first of the ``num_examples`` examples it is about.

    Examples that belong together, such as copies, follow each other. There are none when it is about a column.
    """

    name: str
    message: Message
    advice: Message = NOTHING
    indices: tuple[int, ...] = ()
    num_examples: int = 0

    @property
    def is_leak(self) -> bool:
        """Whether parts of the dataset's own overlap."""
        return self.name in LEAKS

    def to_json(self) -> dict[str, Any]:
        """As it is stored in the summary of a dataset."""
        return {
            "name": self.name,
            "message": self.message.to_json(),
            "advice": self.advice.to_json(),
            "num_examples": self.num_examples,
            "indices": list(self.indices),
        }

    @classmethod
    def from_json(cls, stored: Any) -> Finding:
        """Read what :meth:`to_json` gave, or the message alone that earlier releases stored."""
        if not (isinstance(stored, dict) and "message" in stored):
            return cls("", Message.from_json(stored))
        return cls(
            str(stored.get("name", "")),
            Message.from_json(stored["message"]),
            Message.from_json(stored.get("advice", "")),
            tuple(map(int, stored.get("indices", ()))),
            int(stored.get("num_examples", 0)),
        )


def about(name: str, message: Message, advice: Message, examples: Sequence[int]) -> Finding:
    """A finding about these ``examples``, of which the first :data:`MOST_INDICES` are kept."""
    kept = tuple(int(index) for index in examples[:MOST_INDICES])
    return Finding(name, message, advice, kept, len(examples))


def first_of(names: Sequence[str], most: int = 5) -> str:
    """The first ``most`` of the names, and a sign that there are more."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
