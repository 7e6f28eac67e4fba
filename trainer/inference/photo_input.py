"""Converting an uploaded picture to the form of a dataset's images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from trainer.data.facts import DatasetFacts
from trainer.data.image_formats import FORMATS, IN_WORDS
from trainer.data.picture_files import decoded
from trainer.errors import BadData
from trainer.messages.message import Message

INK = 64  # grey value, of 255, from which a pixel counts as ink
FAINTEST = 16  # minimum difference of grey values, of 255, between strokes and paper


@dataclass(frozen=True)
class Prepared:
    """``pixels``: float32 (height, width, channels) in the dataset's value range. ``notes`` describe the steps."""

    pixels: np.ndarray
    notes: tuple[Message, ...]


def prepare_picture(path: Path, facts: DatasetFacts) -> Prepared:
    """Convert the picture at ``path`` to the size, channels and value range of the dataset.

    Raises :class:`BadData` when it cannot be read or is too large.
    """
    image = decoded(path, FORMATS, IN_WORDS)
    height, width, channels = facts.input_shape
    prepare = _prepare_grey if channels == 1 else _prepare_colour
    pixels, notes = prepare(image, (width, height), facts.stroke_share)
    low, high = facts.value_range
    values = low + np.asarray(pixels, np.float32) * ((high - low) / 255)
    return Prepared(values.reshape(facts.input_shape).astype(np.float32), tuple(notes))


def _prepare_grey(image: Image.Image, size: tuple[int, int], filled: float) -> tuple[Image.Image, list[Message]]:
    """Bright strokes on black, as in the grey datasets; a picture of the right size is not cropped."""
    grey, notes = image.convert("L"), []
    if _border_mean(grey) > 127:
        grey = ImageOps.invert(grey)
        notes.append(Message("Inverted: the paper is bright here; in this dataset, strokes are bright on black."))
    if grey.size == size:
        return grey, notes
    framed = _framed(_stretched(grey, _border_mean(grey)), filled)
    if framed.size != grey.size:
        notes.append(Message("Cropped to the strokes and centred, like the images of this dataset."))
    notes.append(_resized(image.size, size))
    return _stretched(framed.resize(size, _filter(framed, size)), 0.0), notes


def _prepare_colour(image: Image.Image, size: tuple[int, int], filled: float) -> tuple[Image.Image, list[Message]]:
    notes = []
    if image.width != image.height:
        side = min(image.size)
        image = ImageOps.fit(image, (side, side))
        notes.append(Message("Cropped to the central square."))
    if image.size != size:
        notes.append(_resized(image.size, size))
    return image.resize(size, _filter(image, size)), notes


def _resized(before: tuple[int, int], after: tuple[int, int]) -> Message:
    return Message(
        "Resized from {width} × {height} to {new_width} × {new_height} pixels.",
        width=before[0],
        height=before[1],
        new_width=after[0],
        new_height=after[1],
    )


def _border_mean(grey: Image.Image) -> float:
    values = np.asarray(grey, np.float32)
    return float(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]).mean())


def _stretched(grey: Image.Image, paper: float) -> Image.Image:
    """Make ``paper`` black and the brightest stroke white, so that pencil on grey paper works like ink on white."""
    values = np.asarray(grey, np.float64) - paper
    span = max(float(np.max(values)), 1.0)
    # What hardly differs from the paper is not a stroke, and must not be amplified to one.
    return Image.fromarray(np.clip(values * (255 / span), 0, 255).astype(np.uint8)) if span >= FAINTEST else grey


def _framed(grey: Image.Image, filled: float) -> Image.Image:
    """Crop to what is brighter than the paper, and centre it in a black square."""
    box = grey.point([255 * (value >= INK) for value in range(256)]).getbbox()
    if box is None:
        raise BadData(
            Message("The picture is blank: nothing on it stands out from the background. Choose another one.")
        )
    strokes = grey.crop(box)
    side = max(1, round(max(strokes.size) / filled))
    square = Image.new("L", (side, side))
    square.paste(strokes, ((side - strokes.width) // 2, (side - strokes.height) // 2))
    return square


def _filter(image: Image.Image, size: tuple[int, int]) -> Image.Resampling:
    """Average areas when shrinking, as was done for the scanned digits."""
    return Image.Resampling.BOX if image.width > size[0] else Image.Resampling.BICUBIC
