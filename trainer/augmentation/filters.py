"""Blur, sharpness and noise."""

from __future__ import annotations

from typing import Any

from trainer.augmentation.arrays import Array, Arrays
from trainer.spec import Augmentation

# In pixels, of RandAugment's sharpness: about the 3 × 3 filter of Pillow's ImageEnhance.Sharpness.
SHARPNESS_DEVIATION = 0.6
LEAST_DEVIATION = 1e-2


def filtered(
    arrays: Arrays, pictures: Array, asked: Augmentation, span: float, sharpness: Array | None = None
) -> Array:
    """Return the ``pictures`` blurred and noisy; with RandAugment's ``sharpness`` (batch,), negative is softer.

    ``span`` is the length of the range of values, of which noise is a share.
    """
    ops = arrays.ops
    if sharpness is not None:
        soft = blurred(ops, pictures, sharpness * 0 + SHARPNESS_DEVIATION)
        pictures = pictures + (pictures - soft) * sharpness[:, None, None, None]
    if asked.blur:
        pictures = blurred(ops, pictures, arrays.uniform(ops.shape(pictures)[0]) * asked.blur)
    if asked.noise:
        pictures = pictures + arrays.normal(*ops.shape(pictures)) * (asked.noise * span)
    return pictures


def blurred(ops: Any, pictures: Array, deviation: Array) -> Array:
    """Blur each picture (batch, height, width, channels) by a Gaussian of its own ``deviation`` (batch,) in pixels.

    At the edge, only the pixels that are there count. Two products of matrices, because the filters differ.
    """
    for _ in range(2):  # the columns, and then the rows, each time as the first of two swapped axes
        length, other, channels = pictures.shape[1:]
        lines = ops.reshape(pictures, (-1, length, other * channels))
        lines = ops.matmul(_weights(ops, length, deviation), lines)
        pictures = ops.transpose(ops.reshape(lines, (-1, length, other, channels)), (0, 2, 1, 3))
    return pictures


def _weights(ops: Any, length: int, deviation: Array) -> Array:
    """(batch, length, length): how much each pixel of a line counts for each of the blurred line."""
    at = ops.arange(length, dtype="float32")
    apart = (at[:, None] - at[None, :]) / ops.maximum(deviation, LEAST_DEVIATION)[:, None, None]
    weights = ops.exp(apart * apart * -0.5)
    return weights / ops.sum(weights, axis=-1, keepdims=True)
