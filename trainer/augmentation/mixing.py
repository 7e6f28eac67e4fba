"""mixup and CutMix: every example is mixed with the one before it in the batch, and so are their targets.

Proportions are symmetric, so the example itself always keeps the larger share: it is what training accuracy counts.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from trainer.augmentation.arrays import Array, Arrays, Draws, for_each
from trainer.augmentation.boxes import box_of
from trainer.spec import Augmentation

NUM_QUANTILES = 256


def mixed(arrays: Arrays, inputs: Array, asked: Augmentation) -> tuple[Array, Array]:
    """Return the mixed ``inputs`` (batch, …), and the share of the other example in each, (batch,), at most a half.

    With both techniques, each example is mixed by one of them, with equal probability.
    """
    ops, batch = arrays.ops, arrays.ops.shape(inputs)[0]
    draws, others = Draws(arrays, 4, batch), ops.roll(inputs, 1, axis=0)
    found = []
    if asked.mixup:
        share = _share(arrays, asked.mixup, draws.share())
        found.append((inputs + (others - inputs) * for_each(ops, share, inputs), share))
    if asked.cutmix:
        found.append(_cut(arrays, inputs, others, _share(arrays, asked.cutmix, draws.share()), draws))
    if len(found) == 1:
        return found[0]
    is_first = arrays.uniform(batch) < 0.5
    (first, first_share), (second, second_share) = found
    return ops.where(for_each(ops, is_first, inputs), first, second), ops.where(is_first, first_share, second_share)


def _cut(arrays: Arrays, inputs: Array, others: Array, share: Array, draws: Draws) -> tuple[Array, Array]:
    """The rectangle is cut at the edge of the picture; its area in pixels is the share of the other example."""
    ops, side = arrays.ops, arrays.ops.sqrt(share)
    box = box_of(ops, inputs.shape[1:3], (side, side), (draws.share(), draws.share()), is_inside=False)
    return ops.where(box, others, inputs), ops.mean(ops.cast(box, "float32"), axis=(1, 2, 3))


def _share(arrays: Arrays, alpha: float, uniform: Array) -> Array:
    """The smaller of x and 1 - x for x of Beta(alpha, alpha), from ``uniform`` numbers (batch,)."""
    ops = arrays.ops
    table = ops.cast(quantiles(alpha), "float32")
    at = uniform * NUM_QUANTILES
    below = ops.cast(ops.minimum(ops.floor(at), NUM_QUANTILES - 1), "int32")
    low, high = arrays.rows(table, below), arrays.rows(table, below + 1)
    return (low + (high - low) * (at - ops.cast(below, "float32"))) ** (1 / alpha)


@cache
def quantiles(alpha: float) -> np.ndarray:
    """Quantiles of t ** alpha for the smaller share t of Beta(alpha, alpha), at 0, 1/256, …, 1.

    Of t itself the density is infinite at 0 where alpha is below 1; with s = t ** alpha it is proportional to
    (1 - t) ** (alpha - 1), which is smooth, so that lines between few quantiles are exact enough.
    """
    powers = np.linspace(0, 0.5**alpha, 1 << 14)
    density = (1 - powers ** (1 / alpha)) ** (alpha - 1)
    total = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(np.linspace(0, 1, NUM_QUANTILES + 1), total / total[-1], powers)
