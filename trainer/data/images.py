"""Examples in a form that a page can show: images as data URIs in their original size, rows as named numbers."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from trainer.data.facts import DatasetFacts


def picture_of(example: np.ndarray, facts: DatasetFacts) -> str:
    """A PNG of one raw image (height, width, channels) as a data URI, in its original size.

    The page enlarges it. Low values are dark.
    """
    low, high = facts.value_range
    scaled = np.rint((example.astype(np.float64) - low) * (255 / (high - low)))
    pixels = np.clip(scaled, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def shown_example(example: np.ndarray, facts: DatasetFacts) -> dict[str, Any]:
    """``{"image": data URI}`` or ``{"row": {column: value}}``."""
    if facts.kind == "image":
        return {"image": picture_of(example, facts)}
    return {"row": {name: tidy(value) for name, value in zip(facts.feature_names, example, strict=True)}}


def tidy(value: float) -> float:
    """A float32 value as it was written: 5.1, not 5.099999904632568."""
    return float(f"{float(value):.7g}")
