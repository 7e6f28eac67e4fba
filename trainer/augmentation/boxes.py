"""Rectangles in pictures: random erasing, and where CutMix puts a part of another picture."""

from __future__ import annotations

import math
from typing import Any

from trainer.augmentation.arrays import Array, Arrays, Draws

# Zhong et al. 2020, section 4.3: the area as a share of the picture, and the least ratio of height to width.
AREA = (0.02, 0.33)
ASPECT = 0.3


def erased(arrays: Arrays, pictures: Array, probability: float) -> Array:
    """Replace a rectangle of some of the ``pictures`` by the mean of the picture in each channel."""
    ops = arrays.ops
    draws = Draws(arrays, 5, ops.shape(pictures)[0])
    area = draws.share() * (AREA[1] - AREA[0]) + AREA[0]
    stretch = ops.exp(draws.either_way(-math.log(ASPECT) / 2))
    is_hit = (draws.share() < probability)[:, None, None, None]
    sides = ops.sqrt(area) * stretch, ops.sqrt(area) / stretch
    box = box_of(ops, pictures.shape[1:3], sides, (draws.share(), draws.share()), is_inside=True)
    return ops.where(is_hit & box, ops.mean(pictures, axis=(1, 2), keepdims=True), pictures)


def box_of(
    ops: Any, size: tuple[int, int], sides: tuple[Array, Array], place: tuple[Array, Array], *, is_inside: bool
) -> Array:
    """Whether each pixel is in a rectangle: (batch, height, width, 1), bool.

    ``sides`` are height and width as shares of the picture, (batch,), at most the whole. ``place`` says where it is
    among the possible ones, 0 to 1: anywhere inside the picture, or else with its middle anywhere, cut at the edge.
    """
    down, across = (
        _interval(ops, length, ops.minimum(side, 1.0), at, is_inside)
        for length, side, at in zip(size, sides, place, strict=True)
    )
    return down[:, :, None, None] & across[:, None, :, None]


def _interval(ops: Any, length: int, side: Array, at: Array, is_inside: bool) -> Array:
    """(batch, length): the pixels whose middle is in it."""
    start = at * (1 - side) if is_inside else at - side / 2
    middle = (ops.arange(length, dtype="float32")[None, :] + 0.5) / length
    return (middle >= start[:, None]) & (middle < (start + side)[:, None])
