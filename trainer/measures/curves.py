"""Areas under the curves of each class against the rest, or of each label, as means over those that are defined.

``truth``: (examples, classes), bool, which classes each example has. ``scores``: the same shape, float. A class is
defined when some examples have it and others do not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import metrics


def mean_roc_auc(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """The mean area under the ROC curves (Fawcett 2006); ``None`` when no class is defined."""
    return _mean(metrics.roc_auc_score, truth, scores)


def mean_average_precision(truth: np.ndarray, scores: np.ndarray) -> float | None:
    """The mean of the average precisions; ``None`` when no class is defined.

    Average precision is the area under the precision-recall curve without interpolation (Davis and Goadrich 2006).
    """
    return _mean(metrics.average_precision_score, truth, scores)


def _mean(score: Callable[..., float], truth: np.ndarray, scores: np.ndarray) -> float | None:
    defined = truth.any(axis=0) & ~truth.all(axis=0)
    return float(score(truth[:, defined], scores[:, defined], average="macro")) if truth[:, defined].size else None
