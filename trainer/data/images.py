"""Examples in a form that a page can show: images as data URIs in their original size, rows as named cells."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING, Any

from trainer.data.facts import ColumnFacts, DatasetFacts, joined_labels

if TYPE_CHECKING:
    import numpy as np

# A page shows samples at this size. A row of the database holds many, so that each must stay short.
THUMBNAIL, LARGEST_PNG = 96, 64


def picture_of(example: np.ndarray, facts: DatasetFacts) -> str:
    """One raw image (height, width, channels) as a data URI, a large one made smaller; low values are dark."""
    import numpy as np  # the site imports this module, and most of its pages show no picture

    low, high = facts.value_range
    scaled = np.rint((example.astype(np.float64) - low) * (255 / (high - low)))
    return data_uri(np.clip(scaled, 0, 255).astype(np.uint8))


def data_uri(pixels: np.ndarray) -> str:
    """8-bit pixels (height, width, channels) as a data URI: a PNG, or of a large picture a small JPEG."""
    from PIL import Image

    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels)
    form = "PNG" if max(image.size) <= LARGEST_PNG else "JPEG"
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    file = io.BytesIO()
    image.save(file, form)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"


def shown_example(example: np.ndarray, facts: DatasetFacts) -> dict[str, Any]:
    """``{"image": data URI}`` or ``{"row": {column: value}}``."""
    if facts.kind == "image":
        return {"image": picture_of(example, facts)}
    return {"row": dict(zip(facts.feature_names, shown_row(example, facts), strict=True))}


def shown_row(example: np.ndarray, facts: DatasetFacts) -> list[float | str | None]:
    """The cells of one row of a table: numbers, names of categories, ``None`` where one is missing."""
    return [_shown_cell(value, column) for value, column in zip(example, facts.every_column, strict=True)]


def _shown_cell(value: float, column: ColumnFacts) -> float | str | None:
    if math.isnan(value):
        return None
    return column.categories[int(value)] if column.categories else tidy(value)


def shown_label(target: Any, facts: DatasetFacts) -> str | float:
    """A target for people: the name of its class, the names of its labels, or its value.

    Labels of which an example has only a share, because it is mixed with another one, are followed by the share.
    """
    if facts.task == "classification":
        return facts.class_names[target]
    if facts.task == "regression":
        return tidy(target)
    there = [(name, float(share)) for name, share in zip(facts.class_names, target, strict=True) if share]
    return joined_labels([name if share == 1 else f"{name} {share:.0%}" for name, share in there])


def tidy(value: float) -> float:
    """A float32 value as it was written: 5.1, not 5.099999904632568."""
    return float(f"{float(value):.7g}")
