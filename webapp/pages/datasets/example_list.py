"""Which examples of a dataset a page shows, and in which order. Pure functions of arrays and plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.messages.message import NOTHING, Message, joined_by

PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Example:
    """One example: its label, what somebody says that it should be, and what is noted about it."""

    index: int
    label: Any
    shown: Any
    note: Message = NOTHING
    pending: Any = None
    is_ambiguous: bool = False
    is_left_out: bool = False


@dataclass(frozen=True)
class Chosen:
    """The filters of the address. ``answers`` restricts to what an evaluation found, see :func:`answered`."""

    class_name: str = ""
    split: str = ""
    finding: str = ""
    answers: str = ""
    true: str = ""
    predicted: str = ""
    is_pending: bool = False
    is_changed: bool = False


@dataclass(frozen=True)
class Answered:
    """Examples that an evaluation names, in its order, and what it says about each."""

    indices: list[int] = field(default_factory=list)
    notes: dict[int, Message] = field(default_factory=dict)


def answered(result: Mapping[str, Any], chosen: Chosen, facts: DatasetFacts) -> Answered:
    """What an evaluation with this ``result`` says of examples: likely label problems, else wrong predictions.

    Those may be restricted to a cell of the confusion matrix; of several labels all wrong ones of an example are told
    together. Nothing for an evaluation of an earlier release.
    """
    if chosen.answers == "problems":
        rows = result.get("label_problems", [])
        return Answered([row["index"] for row in rows], {row["index"]: _suspected(row) for row in rows})
    if facts.task == "regression":
        rows = result.get("furthest", [])
        return Answered([row[0] for row in rows], {row[0]: _off(row) for row in rows})
    if facts.task == "multilabel":
        return _wrong_labels(result.get("wrong", []), facts)
    names = facts.class_names
    rows = [
        (index, names[true], names[predicted], share)
        for index, true, predicted, share in result.get("wrong", [])
        if chosen.true in {"", names[true]} and chosen.predicted in {"", names[predicted]}
    ]
    return Answered([row[0] for row in rows], {row[0]: _predicted(row[2], row[3]) for row in rows})


def narrowed(
    targets: np.ndarray, facts: DatasetFacts, chosen: Chosen, among: Collection[int] | None = None
) -> np.ndarray:
    """The indices to show, in order: all that fit, of those in ``among`` if given, in its order."""
    order = np.arange(len(targets)) if among is None else np.array(list(among), np.int64)
    order = order[order < len(targets)]
    if chosen.split in PARTS:
        held_out = (facts.num_validation, facts.num_test)
        parts = np.repeat(np.arange(3), (len(targets) - sum(held_out), *held_out))
        order = order[parts[order] == PARTS.index(chosen.split)]
    if chosen.class_name in facts.class_names:
        number = facts.class_names.index(chosen.class_name)
        order = order[targets[order, number] > 0 if targets.ndim > 1 else targets[order] == number]
    return order


def _wrong_labels(rows: Sequence[tuple[int, int, int, float]], facts: DatasetFacts) -> Answered:
    """Examples with all of their wrong labels, those with the most confident one first."""
    said: dict[int, list[Message]] = {}
    for index, number, is_there, share in rows:
        name = facts.class_names[number]
        said.setdefault(index, []).append(_missed(name, share) if is_there else _predicted(name, share))
    return Answered(list(said), {index: joined_by(" · ", notes) for index, notes in said.items()})


def _missed(name: str, share: float) -> Message:
    return Message("missed {name}, {share:.0%}", name=name, share=share)


def _suspected(row: Mapping[str, Any]) -> Message:
    return Message(
        "perhaps {name}: {share:.0%}, and {own:.0%} for {label}",
        name=row["suggested"],
        share=row["probability"],
        own=row["own_probability"],
        label=row["label"],
    )


def _predicted(name: str, share: float) -> Message:
    return Message("predicted {name}, {share:.0%}", name=name, share=share)


def _off(row: list[float]) -> Message:
    return Message("predicted {value:.6g}", value=row[2])
