"""The statistics of the training data that normalisation needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.data.catalog import DatasetFacts
from trainer.data.loading import Data
from trainer.data.splits import Parts


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


def statistics_of(data: Data, parts: Parts, facts: DatasetFacts) -> Statistics:
    """Compute the statistics of the training part in float64."""
    inputs = data.inputs[parts.train]
    columns = inputs.reshape(-1, inputs.shape[-1])
    mean, variance = _moments(columns)
    low, high = _floats(columns.min(axis=0)), _floats(columns.max(axis=0))
    if facts.task == "classification":
        return Statistics(mean, variance, low, high)
    targets = data.targets[parts.train].astype(np.float64)
    deviation = float(targets.std()) or 1.0
    bounds = float(targets.min()), float(targets.max())
    return Statistics(mean, variance, low, high, float(targets.mean()), deviation, *bounds)


def _moments(columns: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and variance per column; NumPy sums in float64 without a float64 copy of large images."""
    mean = columns.mean(axis=0, dtype=np.float64)
    return _floats(mean), _floats(columns.var(axis=0, dtype=np.float64))


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
