"""What a page shows of the pictures of a team: their sizes, counted, and what they look like on the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from trainer.data.images import data_uri

# So many sizes are shown as they are; more are counted by their longer side, in bins that double.
MOST_SIZES = 8
FIRST_BIN, LAST_BIN = 32, 4096


def sizes_shown(sizes: Counter[tuple[int, int]]) -> list[dict[str, Any]]:
    """``{"name": "640 × 480", "count": 12}`` for each size (width, height), the commonest first; or bins, in order."""
    if len(sizes) <= MOST_SIZES:
        return [{"name": f"{width} × {height}", "count": n} for (width, height), n in sizes.most_common()]
    counts: Counter[int] = Counter()
    for size, count in sizes.items():
        counts[_bin_of(max(size))] += count
    return [{"name": _name_of(end), "count": counts[end]} for end in sorted(counts)]


def _bin_of(side: int) -> int:
    end = FIRST_BIN
    while side > end and end <= LAST_BIN:
        end *= 2
    return end


def _name_of(end: int) -> str:
    if end == FIRST_BIN:
        return f"≤ {end} px"
    return f"> {LAST_BIN} px" if end > LAST_BIN else f"{end // 2 + 1} – {end} px"


def mean_picture(pictures: Iterable[np.ndarray]) -> str:
    """The mean of pictures of one shape (height, width, channels) as a data URI; "" without any."""
    total, count = None, 0
    for pixels in pictures:
        total = pixels.astype(np.float64) if total is None else total + pixels
        count += 1
    return "" if total is None else data_uri(np.rint(total / count).astype(np.uint8))
