"""Downsampling of long recordings: a chart is a few hundred pixels wide, so most rows cannot be distinguished."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from tsdownsample import MinMaxDownsampler

from webapp.metrics.curves import Value

FEWEST = 100  # rows that one column keeps, however many columns there are


def downsampled_rows(columns: Sequence[Sequence[Value | None]], limit: int) -> list[int]:
    """Return the sorted indices of about ``limit`` rows that draw the same lines as all of them.

    They contain, for each interval of rows, the lowest and the highest value of each column and the first that is
    not finite; also the first and the last row, and the first of each column's lowest and highest values.
    """
    num_rows = len(columns[0])
    if num_rows <= limit:
        return list(range(num_rows))
    share = max(FEWEST, limit // len(columns)) // 2 * 2
    chosen = [downsampled_indices(_numbers(column), share) for column in columns]
    ends = np.array([0, num_rows - 1])
    return [int(place) for place in np.unique(np.concatenate([ends, *chosen]))]


def _numbers(column: Sequence[Value | None]) -> np.ndarray:
    """The column as an array. Missing values repeat their neighbour, so that they are never an extreme."""
    known = next((value for value in column if value is not None), 0.0)
    filled: list[Value] = []
    for value in column:
        known = known if value is None else value
        filled.append(known)
    return np.array(filled, dtype=np.float64)


def downsampled_indices(values: np.ndarray, share: int) -> np.ndarray:
    """Return unsorted indices into one column: at most ``share`` finite values, and as many others."""
    finite = np.flatnonzero(np.isfinite(values))
    odd = np.flatnonzero(~np.isfinite(values))
    if len(finite) > share:
        finite = finite[MinMaxDownsampler().downsample(values[finite], n_out=share)]
    _, firsts = np.unique(odd * share // len(values), return_index=True)
    return np.concatenate([finite, odd[firsts]])
