"""What a spec asks for, as one function of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trainer.augmentation.arrays import Array, Arrays, for_each
from trainer.augmentation.boxes import erased
from trainer.augmentation.colour import coloured
from trainer.augmentation.filters import filtered
from trainer.augmentation.geometry import moved
from trainer.augmentation.mixing import mixed
from trainer.augmentation.rand_augment import Chosen, choose
from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.spec import Augmentation, Spec


class Batch(NamedTuple):
    """A batch to train on.

    Where classes were mixed, ``targets`` and ``weights`` are twice as long as ``inputs``: the larger class of each
    example, then the other one, each with its share of the loss, which is 2 for both together. Otherwise there are no
    ``weights``.
    """

    inputs: Array
    targets: Array
    weights: Array | None = None


@dataclass(frozen=True)
class Augmenter:
    """Augments a batch: float32 ``inputs`` in raw values (batch, …), and ``targets`` (batch,), or
    (batch, classes) of data with several labels.

    ``deviations`` are the standard deviations of the columns of a table. ``seed`` is for the arrays of each step.
    """

    asked: Augmentation
    facts: DatasetFacts
    deviations: tuple[float, ...] = ()
    seed: int = 0

    @property
    def mixes_classes(self) -> bool:
        return self.facts.task == "classification" and bool(self.asked.mixup or self.asked.cutmix)

    def __call__(self, arrays: Arrays, inputs: Array, targets: Array) -> Batch:
        changed = self.changed(arrays, inputs)
        if not (self.asked.mixup or self.asked.cutmix):
            return Batch(changed, targets)
        ops = arrays.ops
        changed, share = mixed(arrays, changed, self.asked)
        others = ops.roll(targets, 1, axis=0)
        if self.mixes_classes:
            weights = ops.concatenate([2 - 2 * share, 2 * share], axis=0)
            return Batch(changed, ops.concatenate([targets, others], axis=0), weights)
        return Batch(changed, targets + (others - targets) * for_each(ops, share, targets))

    def changed(self, arrays: Arrays, inputs: Array) -> Array:
        """The ``inputs`` with what is done to each example alone; values of pictures stay in their range."""
        return self._picture(arrays, inputs) if self.facts.kind == "image" else self._row(arrays, inputs)

    def _picture(self, arrays: Arrays, pictures: Array) -> Array:
        asked, (low, high) = self.asked, self.facts.value_range
        chosen = choose(arrays, asked.rand_augment, pictures) if asked.rand_augment else Chosen()
        changed = moved(arrays, pictures, asked, chosen.pushes)
        changed = coloured(arrays, changed, asked, self.facts.value_range, chosen.tints)
        changed = filtered(arrays, changed, asked, high - low, chosen.sharpness)
        if any((asked.brightness, asked.contrast, asked.saturation, asked.hue, asked.noise, asked.rand_augment)):
            changed = arrays.ops.clip(changed, low, high)
        return erased(arrays, changed, asked.random_erasing) if asked.random_erasing else changed

    def _row(self, arrays: Arrays, rows: Array) -> Array:
        asked, ops = self.asked, arrays.ops
        if asked.feature_dropout:
            is_dropped = arrays.uniform(*ops.shape(rows)) < asked.feature_dropout
            rows = ops.where(is_dropped, ops.roll(rows, 1, axis=0), rows)
        if asked.feature_noise:
            deviations = np.array(self.deviations, np.float32)
            rows = rows + arrays.normal(*ops.shape(rows)) * (asked.feature_noise * deviations)
        return rows


def is_on(asked: Augmentation) -> bool:
    """Whether anything is to be done."""
    return asked != Augmentation()


def augmenter_of(spec: Spec, facts: DatasetFacts, statistics: Statistics) -> Augmenter | None:
    """What the spec asks for; ``None`` for nothing. ``statistics`` are those of the training data."""
    if not is_on(spec.augmentation):
        return None
    deviations = _deviations(facts, statistics) if facts.kind == "table" else ()
    return Augmenter(spec.augmentation, facts, deviations, spec.seed)


def _deviations(facts: DatasetFacts, statistics: Statistics) -> tuple[float, ...]:
    """The standard deviation of each column; 0 for the numbers of categories, to which nothing can be added."""
    return tuple(
        0.0 if column.categories else variance**0.5
        for column, variance in zip(facts.every_column, statistics.input_variance, strict=True)
    )
