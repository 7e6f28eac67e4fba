"""The examples that a page shows of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.images import picture_of, shown_label, shown_row

NUM_SAMPLES = 30


def samples_of(
    inputs: np.ndarray, targets: np.ndarray, facts: DatasetFacts, left_out: Sequence[int] | np.ndarray = ()
) -> list[dict[str, Any]]:
    """The first examples of every class in turn, so that each class is shown; always the same. In JSON values."""
    kept = np.setdiff1d(np.arange(len(targets)), left_out)
    chosen = kept[in_turn(targets[kept], facts, NUM_SAMPLES)]
    return [_sample(inputs[index], targets[index], facts) for index in chosen]


def in_turn(targets: np.ndarray, facts: DatasetFacts, most: int) -> list[int]:
    """The indices of at most ``most`` examples: the first of each class, then the second of each, and so on.

    An example with several labels counts for each of them, and is taken once. Of a regression, examples at equal
    distances.
    """
    if facts.task == "regression":
        return list(range(0, len(targets), max(1, len(targets) // most)))[:most]
    each = most if targets.ndim > 1 else max(1, -(-most // facts.num_classes))
    with_class = [
        targets[:, number] if targets.ndim > 1 else targets == number for number in range(min(facts.num_classes, most))
    ]
    members = [np.flatnonzero(is_there)[:each] for is_there in with_class]
    found = (int(group[turn]) for turn in range(each) for group in members if turn < len(group))
    return list(dict.fromkeys(found))[:most]


def _sample(example: np.ndarray, target: Any, facts: DatasetFacts) -> dict[str, Any]:
    label = shown_label(target, facts)
    if facts.kind == "image":
        return {"image": picture_of(example, facts), "label": label}
    return {"values": shown_row(example, facts), "label": label}
