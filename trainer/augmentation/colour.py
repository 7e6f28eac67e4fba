"""Brightness, contrast, saturation and hue, as one linear map for each picture; and what RandAugment adds to them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.augmentation.arrays import Array, Arrays, Draws
from trainer.spec import Augmentation

COLOURS = 3
# Rec. 601: how bright red, green and blue are, and their hue as two axes beside it (the YIQ of NTSC).
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
TO_YIQ = np.array([LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]], np.float32)
FROM_YIQ = np.linalg.inv(TO_YIQ)
MOST_DRAWS = 4
EIGHT_BITS = 8


@dataclass(frozen=True)
class Tints:
    """What RandAugment adds, each (batch,): the first three as shares, the others where they are above 0."""

    brightness: Array
    contrast: Array
    saturation: Array | None
    posterize: Array
    solarize: Array
    autocontrast: Array


def coloured(
    arrays: Arrays, pictures: Array, asked: Augmentation, value_range: tuple[float, float], tints: Tints | None = None
) -> Array:
    """Return the ``pictures`` (batch, height, width, channels) with other colours; values may leave the range."""
    if not any((asked.brightness, asked.contrast, asked.saturation, asked.hue, tints)):
        return pictures
    ops, has_colours = arrays.ops, pictures.shape[-1] == COLOURS
    draws = Draws(arrays, MOST_DRAWS, ops.shape(pictures)[0])
    span = value_range[1] - value_range[0]
    shift: Any = draws.either_way(asked.brightness * span) if asked.brightness else 0.0
    contrast: Any = draws.either_way(asked.contrast) + 1 if asked.contrast else 1.0
    saturation: Any = draws.either_way(asked.saturation) + 1 if asked.saturation else None
    angle: Any = draws.either_way(asked.hue * 2 * math.pi) if asked.hue else None
    if tints is not None:
        shift, contrast = shift + tints.brightness * span, contrast * (1 + tints.contrast)
        if tints.saturation is not None:
            saturation = (1.0 if saturation is None else saturation) * (1 + tints.saturation)
    changed = pictures
    if has_colours and (saturation is not None or angle is not None):
        changed = _other_hues(ops, changed, saturation, angle)
    changed = _other_levels(ops, changed, contrast, shift)
    return changed if tints is None else _reduced(ops, changed, value_range, tints)


def _other_hues(ops: Any, pictures: Array, saturation: Any, angle: Any) -> Array:
    """Turn the two axes of colour beside brightness, and stretch them; greys stay as they are."""
    one = (angle if saturation is None else saturation) * 0 + 1
    cosine, sine = (one, one * 0) if angle is None else (ops.cos(angle), ops.sin(angle))
    stretch = one if saturation is None else saturation
    cosine, sine = cosine * stretch, sine * stretch
    axes = [(one, 0, 0), (cosine, 1, 1), (cosine, 2, 2), (-sine, 1, 2), (sine, 2, 1)]
    turned = sum(amount[:, None, None] * np.outer(FROM_YIQ[:, row], TO_YIQ[column]) for amount, row, column in axes)
    height, width, channels = pictures.shape[1:]
    pixels = ops.reshape(pictures, (-1, height * width, channels))
    return ops.reshape(ops.matmul(pixels, ops.transpose(turned, (0, 2, 1))), (-1, height, width, channels))


def _other_levels(ops: Any, pictures: Array, contrast: Any, shift: Any) -> Array:
    """Stretch the distance from the mean of each picture by ``contrast``, and add ``shift``."""
    if not isinstance(contrast, float):
        around = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
        pictures = (pictures - around) * _wide(contrast) + around
    return pictures + _wide(shift)


def _wide(value: Any) -> Any:
    return value if isinstance(value, float) else value[:, None, None, None]


def _reduced(ops: Any, pictures: Array, value_range: tuple[float, float], tints: Tints) -> Array:
    """Automatic contrast, fewer levels, and bright values inverted, each where RandAugment chose it."""
    low, high = value_range
    shares = ops.clip((pictures - low) / (high - low), 0.0, 1.0)
    darkest, brightest = ops.min(shares, axis=(1, 2), keepdims=True), ops.max(shares, axis=(1, 2), keepdims=True)
    spread = ops.maximum(brightest - darkest, 1e-6)
    shares = ops.where(_wide(tints.autocontrast) > 0, (shares - darkest) / spread, shares)
    # Half of the eight bits at the strongest.
    levels = 2 ** (EIGHT_BITS - EIGHT_BITS / 2 * ops.minimum(_wide(tints.posterize), 1.0))
    shares = ops.where(_wide(tints.posterize) > 0, ops.minimum(ops.floor(shares * levels) / (levels - 1), 1.0), shares)
    is_inverted = shares >= 1 - _wide(tints.solarize)
    shares = ops.where((_wide(tints.solarize) > 0) & is_inverted, 1 - shares, shares)
    return shares * (high - low) + low
