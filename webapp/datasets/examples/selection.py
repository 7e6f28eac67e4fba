"""The examples that fit the filters, in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.findings.finding import Finding
from trainer.messages.message import Message
from webapp.datasets.examples.answers import Answered, answered
from webapp.datasets.examples.filters import Filters
from webapp.datasets.models import Dataset
from webapp.datasets.summaries import findings_in

PARTS = ("training", "validation", "test")


@dataclass(frozen=True)
class Selection:
    """The examples ``indices``, and what an evaluation says of some of them."""

    indices: np.ndarray
    notes: Mapping[int, Message] = field(default_factory=dict)


def select(
    dataset: Dataset,
    targets: np.ndarray,
    wanted: Filters,
    pending: Collection[int],
    result: Mapping[str, Any] | None = None,
) -> Selection:
    """The examples of ``dataset`` that fit ``wanted``: by their places, or as a finding or an evaluation lists them.

    ``pending`` are those whose correction waits; ``result`` is that of an evaluation, ``None`` for none.
    """
    found = None if result is None else answered(result, wanted, dataset.facts)
    among = _among(dataset, wanted, pending, found)
    return Selection(_narrowed(targets, dataset.facts, wanted, among), found.notes if found else {})


def findings_of(dataset: Dataset) -> dict[str, Finding]:
    """The findings of the dataset that name examples, by their names."""
    return {finding.name: finding for finding in findings_in(dataset.summary) if finding.indices}


def split_of(index: int, facts: DatasetFacts) -> str:
    """Which of :data:`PARTS` the dataset itself puts the example into."""
    return PARTS[sum(index >= at for at in _bounds(facts))]


def _bounds(facts: DatasetFacts) -> tuple[int, int]:
    """Where the validation and the test examples begin."""
    test = facts.num_examples - facts.num_test
    return test - facts.num_validation, test


def _among(
    dataset: Dataset, wanted: Filters, pending: Collection[int], found: Answered | None
) -> Collection[int] | None:
    """The examples to choose from, in order; ``None`` for all."""
    if wanted.is_pending:
        return sorted(pending)
    if wanted.is_changed:
        return sorted({each["index"] for each in dataset.corrections})
    if wanted.finding:
        finding = findings_of(dataset).get(wanted.finding)
        return finding.indices if finding else ()
    return found.indices if found else None


def _narrowed(targets: np.ndarray, facts: DatasetFacts, wanted: Filters, among: Collection[int] | None) -> np.ndarray:
    order = np.arange(len(targets)) if among is None else np.array(list(among), np.int64)
    order = order[order < len(targets)]
    if wanted.split in PARTS:
        parts = np.searchsorted(_bounds(facts), order, side="right")
        order = order[parts == PARTS.index(wanted.split)]
    if wanted.class_name in facts.class_names:
        number = facts.class_names.index(wanted.class_name)
        order = order[targets[order, number] > 0 if targets.ndim > 1 else targets[order] == number]
    return order
