"""What an evaluation says of single examples: what it took them for, and which labels are likely wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message, joined_by
from webapp.datasets.examples.filters import Filters


@dataclass(frozen=True)
class Answered:
    """Examples that an evaluation names, in its order, and what it says about each."""

    indices: list[int] = field(default_factory=list)
    notes: dict[int, Message] = field(default_factory=dict)


def answered(result: Mapping[str, Any], wanted: Filters, facts: DatasetFacts) -> Answered:
    """What an evaluation with this ``result`` says of examples: likely label problems, else wrong predictions.

    Those may be restricted to a cell of the confusion matrix; of several labels all wrong ones of an example are told
    together. Nothing for an evaluation of an earlier release.
    """
    if wanted.answers == "problems":
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
        if wanted.true in {"", names[true]} and wanted.predicted in {"", names[predicted]}
    ]
    return Answered([row[0] for row in rows], {row[0]: _predicted(row[2], row[3]) for row in rows})


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
