"""Which rows of a long recording a chart needs: it is a few hundred pixels wide, so most cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tsdownsample import MinMaxDownsampler

from webapp.metrics.curves import Value

FEWEST = 100  # rows that one column keeps, however many columns there are


def telling(columns: Sequence[Sequence[Value | None]], limit: int) -> list[int]:
    """Places of about ``limit`` rows, in order, that draw the same lines as all of them.

    Of every stretch of rows they have the lowest and the highest value of each column, and the first that is not
    finite. The first and the last row are among them, and the first of each column's lowest and highest values.
    """
    num_rows = len(columns[0])
    if num_rows <= limit:
        return list(range(num_rows))
    share = max(FEWEST, limit // len(columns)) // 2 * 2
    chosen = [telling_places(_numbers(column), share) for column in columns]
    ends = np.array([0, num_rows - 1])
    return [int(place) for place in np.unique(np.concatenate([ends, *chosen]))]


def _numbers(column: Sequence[Value | None]) -> np.ndarray:
    """What a row does not have lies where nothing is chosen: in the middle of its column, as its neighbour."""
    known = next((value for value in column if value is not None), 0.0)
    filled: list[Value] = []
    for value in column:
        known = known if value is None else value
        filled.append(known)
    return np.array(filled, dtype=np.float64)


def telling_places(values: np.ndarray, share: int) -> np.ndarray:
    """Places in one column, not in order: at most ``share`` of finite values, and as many of others."""
    finite = np.flatnonzero(np.isfinite(values))
    odd = np.flatnonzero(~np.isfinite(values))
    if len(finite) > share:
        finite = finite[MinMaxDownsampler().downsample(values[finite], n_out=share)]
    _, firsts = np.unique(odd * share // len(values), return_index=True)
    return np.concatenate([finite, odd[firsts]])
