"""Flips, rotation, shear, zoom, crop and translation: one affine map for each picture, and one resampling.

The map leads from a pixel of the result to the place in the picture that it shows, both measured from the middle. What
lies outside of the picture shows the pixel at its edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from trainer.augmentation.arrays import Array, Arrays, Draws, signs
from trainer.spec import Augmentation

# Of a crop: width to height, as torchvision's and Szegedy et al.'s windows have it.
MOST_ASPECT = 4 / 3
MOST_DRAWS = 12


@dataclass
class Places:
    """x = a·x' + b·y' + dx and y = c·x' + d·y' + dy; each (batch,) or a plain number, in pixels.

    ``between`` says whether places may lie between pixels.
    """

    a: Any = 1.0
    b: Any = 0.0
    c: Any = 0.0
    d: Any = 1.0
    dx: Any = 0.0
    dy: Any = 0.0
    between: bool = field(default=False)

    def after(self, a: Any, b: Any, c: Any, d: Any, *, between: bool = True) -> None:
        """Look up every place through another linear map first."""
        self.a, self.b = _sum(_product(self.a, a), _product(self.b, c)), _sum(_product(self.a, b), _product(self.b, d))
        self.c, self.d = _sum(_product(self.c, a), _product(self.d, c)), _sum(_product(self.c, b), _product(self.d, d))
        self.between |= between

    def move(self, dx: Any, dy: Any) -> None:
        self.dx, self.dy = _sum(self.dx, dx), _sum(self.dy, dy)
        self.between = True


@dataclass(frozen=True)
class Pushes:
    """What RandAugment adds: angle in radians, shear and translation as shares, each (batch,)."""

    rotation: Array
    shear_x: Array
    shear_y: Array
    translate_x: Array
    translate_y: Array


def moved(arrays: Arrays, pictures: Array, asked: Augmentation, pushes: Pushes | None = None) -> Array:
    """Return the ``pictures`` (batch, height, width, channels) with the geometry of ``asked``, in the same shape."""
    techniques = (asked.horizontal_flip, asked.vertical_flip, asked.rotation, asked.shear, asked.zoom, asked.crop)
    if not any((*techniques, asked.translation, pushes)):
        return pictures
    batch = arrays.ops.shape(pictures)[0]
    height, width = pictures.shape[1:3]
    return resampled(arrays, pictures, _places(arrays, asked, pushes, batch, (height, width)))


def _places(arrays: Arrays, asked: Augmentation, pushes: Pushes | None, batch: Any, size: tuple[int, int]) -> Places:
    """Draw a map for each picture; what is not asked for costs nothing."""
    ops, (height, width), places = arrays.ops, size, Places()
    draws = Draws(arrays, MOST_DRAWS, batch)
    if asked.crop:
        _crop(ops, places, asked.crop, draws, size)
    if asked.translation:
        places.move(draws.either_way(asked.translation * width), draws.either_way(asked.translation * height))
    if asked.zoom:
        scale = 1 / (1 + draws.either_way(asked.zoom))
        places.after(scale, 0.0, 0.0, scale)
    if asked.rotation:
        _turn(ops, places, draws.either_way(math.radians(asked.rotation)))
    if asked.shear:
        across, along = (ops.tan(draws.either_way(math.radians(asked.shear))) for _ in range(2))
        places.after(1.0, across, along, 1.0)
    if pushes is not None:
        places.move(pushes.translate_x * width, pushes.translate_y * height)
        _turn(ops, places, pushes.rotation)
        places.after(1.0, pushes.shear_x, pushes.shear_y, 1.0)
    if asked.horizontal_flip or asked.vertical_flip:
        flip: Any = lambda on: signs(ops, draws.share()) if on else 1.0  # noqa: E731
        places.after(flip(asked.horizontal_flip), 0.0, 0.0, flip(asked.vertical_flip), between=False)
    return places


def _crop(ops: Any, places: Places, most: float, draws: Draws, size: tuple[int, int]) -> None:
    """A window of at least ``1 - most`` of the area and a similar shape, anywhere in the picture."""
    side = ops.sqrt(1 - most * draws.share())
    stretch = ops.exp(draws.either_way(math.log(MOST_ASPECT) / 2))
    across, along = ops.minimum(side * stretch, 1.0), ops.minimum(side / stretch, 1.0)
    places.after(across, 0.0, 0.0, along)
    places.move(draws.either_way() * (1 - across) * (size[1] / 2), draws.either_way() * (1 - along) * (size[0] / 2))


def _turn(ops: Any, places: Places, angle: Array) -> None:
    cosine, sine = ops.cos(angle), ops.sin(angle)
    places.after(cosine, -sine, sine, cosine)


def resampled(arrays: Arrays, pictures: Array, places: Places) -> Array:
    """Read each pixel at its place, between four pixels in proportion to its distance from each (bilinear)."""
    ops = arrays.ops
    height, width, channels = pictures.shape[1:]
    batch = ops.shape(pictures)[0]
    x, y = _from_middle(ops, width)[None, None, :], _from_middle(ops, height)[None, :, None]
    from_x = _at(places.a, x, places.b, y, places.dx) + (width - 1) / 2
    from_y = _at(places.c, x, places.d, y, places.dy) + (height - 1) / 2
    from_x, from_y = ops.clip(from_x, 0, width - 1), ops.clip(from_y, 0, height - 1)
    left, top = ops.floor(from_x), ops.floor(from_y)
    first = ops.cast(ops.arange(batch), "int32")[:, None, None] * (height * width)
    flat = ops.reshape(pictures, (-1, channels))
    column, row = ops.cast(left, "int32"), ops.cast(top, "int32") * width
    here = first + row + column
    if not places.between:
        return ops.reshape(arrays.rows(flat, here), (-1, height, width, channels))
    right = ops.cast(left < width - 1, "int32")
    below = ops.cast(top < height - 1, "int32") * width
    of_x, of_y = (from_x - left)[..., None], (from_y - top)[..., None]
    upper = _between(arrays.rows(flat, here), arrays.rows(flat, here + right), of_x)
    lower = _between(arrays.rows(flat, here + below), arrays.rows(flat, here + (right + below)), of_x)
    return ops.reshape(_between(upper, lower, of_y), (-1, height, width, channels))


def _between(one: Array, other: Array, share: Array) -> Array:
    return one + (other - one) * share


def _from_middle(ops: Any, length: int) -> Array:
    return ops.arange(length, dtype="float32") - (length - 1) / 2


def _at(of_x: Any, x: Array, of_y: Any, y: Array, shift: Any) -> Array:
    """``of_x * x + of_y * y + shift``, without a dimension that it does not depend on."""
    return _sum(_sum(_product(_wide(of_x), x), _product(_wide(of_y), y)), _wide(shift))


def _wide(value: Any) -> Any:
    return value if isinstance(value, float) else value[:, None, None]


def _product(one: Any, other: Any) -> Any:
    """Of plain numbers that change nothing, no engine computes anything."""
    if (isinstance(one, float) and one == 0) or (isinstance(other, float) and other == 0):
        return 0.0
    if isinstance(one, float) and one == 1:
        return other
    return one if isinstance(other, float) and other == 1 else one * other


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, float) and one == 0:
        return other
    return one if isinstance(other, float) and other == 0 else one + other
