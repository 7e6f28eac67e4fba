"""The statistics of the training data that normalisation needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trainer.data.loading import Data
from trainer.data.splits import Parts

PIECE_BYTES = 64 << 20
# A number of rows, and the mean and variance of each column.
Moments = tuple[int, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Statistics:
    """Statistics of the training part only, so that nothing from validation and test leaks into the network.

    Inputs: one value per column of a table or channel of images. Targets: for regression only, else 0 and 1.
    """

    input_mean: tuple[float, ...]
    input_variance: tuple[float, ...]
    input_minimum: tuple[float, ...]
    input_maximum: tuple[float, ...]
    target_mean: float = 0.0
    target_deviation: float = 1.0
    target_minimum: float = 0.0
    target_maximum: float = 1.0


def statistics_of(data: Data, parts: Parts) -> Statistics:
    """Compute the statistics of the training part in float64."""
    mean, variance, low, high = moments(data.inputs, parts.train)
    if data.facts.task == "classification":
        return Statistics(mean, variance, low, high)
    targets = data.targets[parts.train].astype(np.float64)
    deviation = float(targets.std()) or 1.0
    bounds = float(targets.min()), float(targets.max())
    return Statistics(mean, variance, low, high, float(targets.mean()), deviation, *bounds)


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


def _pieces(inputs: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """The selected examples as rows of columns or channels, at most ``PIECE_BYTES`` at once as float64."""
    values_of_one = max(1, math.prod(inputs.shape[1:]))
    size = max(1, PIECE_BYTES // (8 * values_of_one))
    for start in range(0, len(rows), size):
        yield inputs[rows[start : start + size]].reshape(-1, inputs.shape[-1])


def _merged(one: Moments, other: Moments) -> Moments:
    (n, mean, variance), (m, other_mean, other_variance) = one, other
    total, distance = n + m, other_mean - mean
    spread = n * variance + m * other_variance + distance**2 * (n * m / total)
    return total, mean + distance * (m / total), spread / total


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
