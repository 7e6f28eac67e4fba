"""What was understood of a team's data before anything of it is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.own.entries import LeftOut
from trainer.data.own.picturing.remedies import Remedy
from trainer.data.own.tables.column_roles import TableColumn
from trainer.errors import BadData
from trainer.messages.message import Message, verbatim

# A reason is shown for so many files, and the number of the others.
MOST_SHOWN = 200
LEAST_OF_A_CLASS = 2
LEAST_CLASSES, MOST_CLASSES = 2, 10_000


@dataclass(frozen=True)
class Examples:
    """What becomes a prepared dataset: see :class:`trainer.data.loading.Data` for the arrays."""

    inputs: np.ndarray
    targets: np.ndarray
    facts: DatasetFacts
    groups: np.ndarray | None = None
    times: np.ndarray | None = None


@dataclass
class Understanding:
    """The layout in a sentence, the facts as far as known, and what was left out. Everything JSON but the messages.

    ``counts`` are the examples of each class, in order; ``num_validation`` and ``num_test`` of all examples are the
    data's own splits. ``group_name`` and ``time_name`` are those of the facts; "" for none.
    """

    layout: Message
    source: str  # what it was read from: "pictures", "table", "arrays"
    kind: str
    task: str
    num_examples: int
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    num_validation: int = 0
    num_test: int = 0
    group_name: str = ""
    num_groups: int = 0
    time_name: str = ""
    feature_names: tuple[str, ...] = ()
    target_name: str = ""
    # Of a table: every column with its role.
    columns: tuple[TableColumn, ...] = ()
    # Some examples as a page shows them: see trainer/data/images.py.
    samples: list[dict[str, Any]] = field(default_factory=list)
    # Of pictures: how many have no class, how many there are of each size, and their mean as a data URI.
    num_unlabelled: int = 0
    sizes: list[dict[str, Any]] = field(default_factory=list)
    mean: str = ""
    notes: list[Message] = field(default_factory=list)
    remedies: list[Remedy] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def in_words(self) -> Iterator[Message]:
        """What a terminal says of it."""
        yield self.layout
        yield Message(
            "{count:,} example of the shape {shape}, {validation:,} of the validation split, {test:,} of the test "
            "split",
            plural="{count:,} examples of the shape {shape}, {validation:,} of the validation split, {test:,} of the "
            "test split",
            count=self.num_examples,
            shape="×".join(map(str, self.input_shape)),
            validation=self.num_validation,
            test=self.num_test,
        )
        for name, count in zip(self.class_names, self.counts, strict=True):
            yield verbatim(f"  {name}: {count:,}")
        if self.sizes:
            shown = ", ".join(f"{each['name']} ({each['count']:,})" for each in self.sizes)
            yield Message("Sizes: {sizes}", sizes=shown)
        yield from self.notes
        for each in self.left_out[:MOST_SHOWN]:
            yield Message("left out: {file}. {reason}", file=each.name, reason=each.reason)
        if len(self.left_out) > MOST_SHOWN:
            yield Message("{count:,} more are left out.", count=len(self.left_out) - MOST_SHOWN)
        for remedy in self.remedies:
            changed = json.dumps(remedy.choices, ensure_ascii=False)
            yield Message("{remedy}: --choices '{choices}'", remedy=remedy.says, choices=changed)

    def to_json(self) -> dict[str, Any]:
        """As it travels to a page; messages in the form in which they are stored."""
        shown = [{"name": each.name, "reason": each.reason.to_json()} for each in self.left_out[:MOST_SHOWN]]
        return {
            "layout": self.layout.to_json(),
            "source": self.source,
            "kind": self.kind,
            "task": self.task,
            "num_examples": self.num_examples,
            "num_validation": self.num_validation,
            "num_test": self.num_test,
            "group_name": self.group_name,
            "num_groups": self.num_groups,
            "time_name": self.time_name,
            "input_shape": list(self.input_shape),
            "classes": [{"name": name, "count": n} for name, n in zip(self.class_names, self.counts, strict=True)],
            "feature_names": list(self.feature_names),
            "target_name": self.target_name,
            "columns": [column.to_json() for column in self.columns],
            "samples": self.samples,
            "sizes": self.sizes,
            "mean": self.mean,
            "remedies": [remedy.to_json() for remedy in self.remedies],
            "notes": [note.to_json() for note in self.notes],
            "left_out": shown,
            "num_left_out": len(self.left_out),
        }


def in_chosen_order(names: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """The ``names`` with those that are ``chosen`` first, in that order; what is chosen but not there has no effect."""
    there = set(names)
    first = dict.fromkeys(name for name in chosen if name in there)
    return [*first, *(name for name in names if name not in first)]


def refuse_classes(names: list[str], counts: list[int]) -> None:
    """Raise :class:`BadData` unless there are at least two classes, with at least two examples each."""
    if len(names) < LEAST_CLASSES:
        raise BadData(
            Message(
                "{count} class found; accepted: at least two. Put the examples of each class into a folder of its own.",
                plural="{count} classes found; accepted: at least two. Put the examples of each class into a folder of "
                "its own.",
                count=len(names),
            )
        )
    if len(names) > MOST_CLASSES:
        raise BadData(
            Message(
                "{count:,} classes found; accepted: at most {most:,}. Choose another column, or predict a number.",
                count=len(names),
                most=MOST_CLASSES,
            )
        )
    small = [name for name, count in zip(names, counts, strict=True) if count < LEAST_OF_A_CLASS]
    if small:
        raise BadData(
            Message(
                "The class {name} has only one example; at least {least} are needed. Add some, or leave the class out.",
                name=small[0],
                least=LEAST_OF_A_CLASS,
            )
        )
