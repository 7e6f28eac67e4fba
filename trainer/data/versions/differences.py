"""What differs between two versions of a dataset: examples added, removed, relabelled, or moved between splits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import Any

import numpy as np

from trainer.data.facts import joined_labels
from trainer.data.images import shown_label
from trainer.data.loading import Data

MOST_SHOWN = 500


def difference(old: Data, new: Data) -> dict[str, Any]:
    """Describe in JSON values how ``new`` differs from ``old``.

    ``added``, ``removed``, ``relabelled``, ``moved`` (between the dataset's own splits), ``left_out`` and
    ``taken_back`` (examples that were left out before) are counts; ``relabelled_examples`` has index in ``new``, old
    and new label of the first, and ``left_out_examples`` indices. Examples are the same when their inputs are.
    """
    before, after = _same_examples(old, new)
    was_out, is_out = np.isin(before, old.left_out), np.isin(after, new.left_out)
    stays = ~was_out & ~is_out
    relabelled = np.flatnonzero(stays & (_labels(old, before) != _labels(new, after)))
    return {
        "added": len(new.targets) - len(after),
        "removed": len(old.targets) - len(before),
        "relabelled": len(relabelled),
        "moved": int((old.part_numbers[before] != new.part_numbers[after])[stays].sum()),
        "left_out": int((is_out & ~was_out).sum()),
        "taken_back": int((was_out & ~is_out).sum()),
        "relabelled_examples": [
            [int(after[at]), _label(old, before[at]), _label(new, after[at])] for at in relabelled[:MOST_SHOWN]
        ],
        "left_out_examples": [int(index) for index in after[is_out & ~was_out][:MOST_SHOWN]],
    }


def _same_examples(old: Data, new: Data) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the same examples in both, in pairs; of copies, the first is paired with the first."""
    if old.content_hash in new.mended_from:
        every = np.arange(len(new.targets))
        return every, every
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for index, example in enumerate(old.inputs):
        waiting[_digest(example)].append(index)
    for group in waiting.values():
        group.reverse()
    pairs = []
    for index, example in enumerate(new.inputs):
        if same := waiting.get(_digest(example)):
            pairs.append((same.pop(), index))
    before, after = np.array(pairs, np.int64).reshape(-1, 2).T
    return before, after


def _digest(example: np.ndarray) -> bytes:
    return hashlib.blake2b(str(example.shape).encode() + example.tobytes(), digest_size=16).digest()


def _labels(data: Data, indices: np.ndarray) -> np.ndarray:
    if data.facts.task == "regression":
        return data.targets[indices].astype(np.float64)
    names = np.array(data.facts.class_names, dtype=object)
    if data.facts.task == "multilabel":
        # Sorted, because the classes of another upload may be in another order.
        return np.array([joined_labels(sorted(names[row > 0])) for row in data.targets[indices]], dtype=object)
    return names[data.targets[indices]]


def _label(data: Data, index: int) -> str | float:
    return shown_label(data.targets[index], data.facts)
