"""The filters of examples, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Filters:
    """What is empty does not restrict. ``true`` and ``predicted`` are a cell of the confusion matrix.

    ``answers`` is "wrong" or "problems", which of what an evaluation says is meant.
    """

    class_name: str = ""
    split: str = ""
    finding: str = ""
    answers: str = ""
    true: str = ""
    predicted: str = ""
    is_pending: bool = False
    is_changed: bool = False
