"""Sixteen augmented examples of the real data for the form, computed with NumPy: no engine has to be loaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.augmentation.arrays import NumpyArrays
from trainer.augmentation.augmenting import Augmenter, Batch
from trainer.data.facts import DatasetFacts
from trainer.data.images import picture_of, shown_label
from trainer.data.loading import Data
from trainer.data.samples import in_turn
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.spec import Augmentation

NUM_EXAMPLES = 16
# Of a large dataset the first examples are enough to have some of every class.
MOST_LOOKED_AT = 50_000


def examples_of(asked: Augmentation, data: Data, seed: int = 0) -> list[dict[str, Any]]:
    """Pictures of ``data``, a class after the other, as they might be trained on. Always the same for the same fields.

    Each has ``image``, a data URI, and ``label``; where classes are mixed also ``other``, the label of the picture that
    it was mixed with, and ``share``, how much that counts, at most a half. Raises :class:`BadData` for a table.
    """
    if data.facts.kind != "image":
        raise BadData(Message("{title} is a table, and only pictures can be shown.", title=data.facts.shown_title))
    candidates = np.setdiff1d(np.flatnonzero(data.part_numbers == 0)[:MOST_LOOKED_AT], data.left_out)
    targets = data.targets
    rows = candidates[in_turn(targets[candidates], data.facts, NUM_EXAMPLES)]
    inputs = data.inputs[rows].astype(np.float32)
    batch = Augmenter(asked, data.facts)(NumpyArrays(seed), inputs, targets[rows])
    return [_example(batch, number, len(rows), data.facts) for number in range(len(rows))]


def _example(batch: Batch, number: int, count: int, facts: DatasetFacts) -> dict[str, Any]:
    shown = {"image": picture_of(batch.inputs[number], facts), "label": shown_label(batch.targets[number], facts)}
    if batch.weights is None:
        return shown
    other, share = batch.targets[count + number], float(batch.weights[count + number]) / 2
    return shown | {"other": shown_label(other, facts), "share": round(share, 2)}
