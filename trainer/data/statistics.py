"""The statistics of the training data that normalisation needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainer.data.facts import ColumnFacts
from trainer.data.loading import Data
from trainer.data.splits import Parts

PIECE_BYTES = 64 << 20
# A number of rows, for all columns or for each, and the mean and variance of each column.
Moments = tuple[Any, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Statistics:
    """Statistics of the training part only, so that nothing from validation and test leaks into the network.

    Inputs: one value per column of a table or channel of images; of those that are there, where cells are missing.
    Targets: for regression only, else 0 and 1. The last three are only for tables whose facts describe columns: median
    and most frequent value of columns with missing cells, else 0, and the numbers of the categories that occur, that of
    missing cells being the one after the last.
    """

    input_mean: tuple[float, ...]
    input_variance: tuple[float, ...]
    input_minimum: tuple[float, ...]
    input_maximum: tuple[float, ...]
    target_mean: float = 0.0
    target_deviation: float = 1.0
    target_minimum: float = 0.0
    target_maximum: float = 1.0
    input_median: tuple[float, ...] = ()
    input_most_frequent: tuple[float, ...] = ()
    categories: tuple[frozenset[int], ...] = ()


def statistics_of(data: Data, parts: Parts) -> Statistics:
    """Compute the statistics of the training part in float64."""
    inputs = _of_inputs(data, parts.train)
    if data.facts.task != "regression":
        return Statistics(**inputs)
    targets = data.targets[parts.train].astype(np.float64)
    return Statistics(
        **inputs,
        target_mean=float(targets.mean()),
        target_deviation=float(targets.std()) or 1.0,
        target_minimum=float(targets.min()),
        target_maximum=float(targets.max()),
    )


def _of_inputs(data: Data, rows: np.ndarray) -> dict[str, Any]:
    columns = data.facts.columns
    found = (moments_of_present if columns else moments)(data.inputs, rows)
    names = ("input_mean", "input_variance", "input_minimum", "input_maximum")
    of_columns = [_of_column(data.inputs[:, index], rows, column) for index, column in enumerate(columns)]
    medians, most_frequent, categories = zip(*of_columns, strict=True) if columns else ((), (), ())
    named = dict(zip(names, found, strict=True))
    return named | {"input_median": medians, "input_most_frequent": most_frequent, "categories": categories}


def _of_column(cells: np.ndarray, rows: np.ndarray, column: ColumnFacts) -> tuple[float, float, frozenset[int]]:
    """Median, most frequent value (the lowest of several) and categories of ``cells[rows]``, NaN where missing."""
    if not (column.has_missing or column.categories):
        return 0.0, 0.0, frozenset()
    cells = cells[rows]
    values, counts = np.unique(cells[~np.isnan(cells)], return_counts=True)
    categories: set[int] = set()
    if column.categories:
        categories = {int(value) for value in values}
        categories |= {len(column.categories)} if np.isnan(cells).any() else set()
    if not len(values):
        return 0.0, 0.0, frozenset(categories)
    return float(np.nanmedian(cells)), float(values[counts.argmax()]), frozenset(categories)


def moments(inputs: np.ndarray, rows: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """Mean, variance, minimum and maximum of each column or channel of ``inputs[rows]``, computed in float64.

    Large data is read in pieces, whose moments are merged (Chan, Golub and LeVeque 1979, Updating formulae and a
    pairwise algorithm for computing sample variances).
    """
    count = 0
    for piece in _pieces(inputs, rows):
        here = len(piece), piece.mean(axis=0, dtype=np.float64), piece.var(axis=0, dtype=np.float64)
        bounds = piece.min(axis=0), piece.max(axis=0)
        if count == 0:
            (count, mean, variance), (low, high) = here, bounds
        else:
            count, mean, variance = _merged((count, mean, variance), here)
            low, high = np.minimum(low, bounds[0]), np.maximum(high, bounds[1])
    return _floats(mean), _floats(variance), _floats(low), _floats(high)


def moments_of_present(inputs: np.ndarray, rows: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """As :func:`moments`, of the cells of a table that are not NaN; all 0 for a column without any."""
    width = inputs.shape[-1]
    found: Moments = np.zeros(width, np.int64), np.zeros(width), np.zeros(width)
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    for piece in _pieces(inputs, rows):
        is_there = ~np.isnan(piece)
        count = is_there.sum(axis=0)
        mean = np.where(is_there, piece, 0).sum(axis=0, dtype=np.float64) / np.maximum(count, 1)
        variance = (np.where(is_there, piece - mean, 0) ** 2).sum(axis=0) / np.maximum(count, 1)
        found = _merged(found, (count, mean, variance))
        low = np.minimum(low, np.where(is_there, piece, np.inf).min(axis=0))
        high = np.maximum(high, np.where(is_there, piece, -np.inf).max(axis=0))
    _, mean, variance = found
    return _floats(mean), _floats(variance), *(_floats(np.where(np.isinf(each), 0, each)) for each in (low, high))


def _pieces(inputs: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """The selected examples as rows of columns or channels, at most ``PIECE_BYTES`` at once as float64."""
    values_of_one = max(1, math.prod(inputs.shape[1:]))
    size = max(1, PIECE_BYTES // (8 * values_of_one))
    for start in range(0, len(rows), size):
        yield inputs[rows[start : start + size]].reshape(-1, inputs.shape[-1])


def _merged(one: Moments, other: Moments) -> Moments:
    (n, mean, variance), (m, other_mean, other_variance) = one, other
    total, distance = n + m, other_mean - mean
    some = np.maximum(total, 1) if isinstance(total, np.ndarray) else total  # a column may have no cell yet
    spread = n * variance + m * other_variance + distance**2 * (n * m / some)
    return total, mean + distance * (m / some), spread / some


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
