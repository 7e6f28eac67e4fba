"""The metrics of a regression, in the unit of the target.

All take ``targets``: (examples,), float, and ``outputs``: (examples, 1), float.
"""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from trainer.measures.classification import Measure


def mean_absolute_error(targets: np.ndarray, outputs: np.ndarray) -> float:
    return float(metrics.mean_absolute_error(*_columns(targets, outputs)))


def median_absolute_error(targets: np.ndarray, outputs: np.ndarray) -> float:
    """Unlike the mean, it does not grow with a few very large errors."""
    return float(metrics.median_absolute_error(*_columns(targets, outputs)))


def root_mean_squared_error(targets: np.ndarray, outputs: np.ndarray) -> float:
    return float(metrics.root_mean_squared_error(*_columns(targets, outputs)))


def r2_score(targets: np.ndarray, outputs: np.ndarray) -> float | None:
    """The share of the variance that is explained; ``None`` for a single example, which has none."""
    return float(metrics.r2_score(*_columns(targets, outputs))) if len(targets) > 1 else None


def _columns(targets: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return targets.astype(np.float64), outputs[:, 0].astype(np.float64)


MEASURES: dict[str, Measure] = {
    "mean_absolute_error": mean_absolute_error,
    "median_absolute_error": median_absolute_error,
    "root_mean_squared_error": root_mean_squared_error,
    "r2_score": r2_score,
}
