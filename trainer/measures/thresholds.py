"""From which probability on a classifier of two classes should answer the one that matters more.

The threshold is chosen on validation data; other data then shows what it is worth. Youden's J (Youden 1950) is twice
the balanced accuracy minus 1, so both choose the same threshold.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import metrics

DEFAULT = 0.5
RULES = ("f1", "balanced_accuracy")
MAX_POINTS = 200


def positive_class(trained: np.ndarray) -> int:
    """The class that counts as positive: the rarer one of ``trained``, class numbers 0 and 1; of equals the second."""
    zeros, ones = np.bincount(trained, minlength=2)
    return 0 if zeros < ones else 1


def choose(is_positive: np.ndarray, scores: np.ndarray, rule: str) -> float:
    """Return the threshold with the highest ``rule``, "f1" or "balanced_accuracy", on these examples.

    ``is_positive``: (examples,), bool. ``scores``: (examples,), probabilities of the positive class. An example is
    taken as positive when its score reaches the threshold. Thresholds lie midway between scores; of equally good
    ones the one nearest to 0.5 is taken, which is 0.5 itself where no other is better, and where all examples are of
    one class.
    """
    if is_positive.all() or not is_positive.any():
        return DEFAULT
    scores = scores.astype(np.float64)
    distinct, places = np.unique(scores, return_inverse=True)
    below = np.concatenate([[0.0], distinct[:-1]])
    midway = (distinct + below) / 2
    candidates = np.where(midway > below, midway, distinct)
    # How many examples reach each distinct score: sums from the highest down.
    hits = np.cumsum(np.bincount(places, weights=is_positive)[::-1])[::-1]
    reached = np.cumsum(np.bincount(places)[::-1])[::-1]
    values = _values(rule, hits, reached - hits, is_positive)
    usual = scores >= DEFAULT
    default = _values(rule, (usual & is_positive).sum(), (usual & ~is_positive).sum(), is_positive)
    best = np.isclose(values, values.max(), rtol=0, atol=1e-12)
    if default >= values.max() - 1e-12:
        return DEFAULT
    return float(min(candidates[best], key=lambda threshold: abs(threshold - DEFAULT)))


def _values(rule: str, hits: Any, false_alarms: Any, is_positive: np.ndarray) -> Any:
    positives = is_positive.sum()
    negatives = len(is_positive) - positives
    if rule == "f1":
        return 2 * hits / (positives + hits + false_alarms)
    return (hits / positives + 1 - false_alarms / negatives) / 2


def at_threshold(is_positive: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    """What the threshold is worth on these examples, the precision and recall being those of the positive class."""
    taken = scores >= threshold
    rates = [metrics.recall_score(is_positive, taken, pos_label=label, zero_division=0) for label in (True, False)]
    present = [rate for rate, label in zip(rates, (True, False), strict=True) if (is_positive == label).any()]
    return {
        "threshold": threshold,
        "accuracy": float((taken == is_positive).mean()),
        "balanced_accuracy": float(np.mean(present)),
        "precision": float(metrics.precision_score(is_positive, taken, zero_division=0)),
        "recall": float(rates[0]),
        "specificity": float(rates[1]),
        "f1": float(metrics.f1_score(is_positive, taken, zero_division=0)),
    }


def roc_points(is_positive: np.ndarray, scores: np.ndarray) -> list[list[float]]:
    """The ROC curve as (false positive rate, true positive rate), at most 200 points; empty for a single class."""
    if is_positive.all() or not is_positive.any():
        return []
    false_alarms, hits, _ = metrics.roc_curve(is_positive, scores)
    return _thinned(false_alarms, hits)


def precision_recall_points(is_positive: np.ndarray, scores: np.ndarray) -> list[list[float]]:
    """The precision-recall curve as (recall, precision), at most 200 points; empty without positive examples."""
    if not is_positive.any():
        return []
    precision, recall, _ = metrics.precision_recall_curve(is_positive, scores, drop_intermediate=True)
    return _thinned(recall, precision)


def _thinned(x: np.ndarray, y: np.ndarray) -> list[list[float]]:
    shown = np.unique(np.linspace(0, len(x) - 1, min(len(x), MAX_POINTS)).astype(int))
    return [[round(float(x[at]), 5), round(float(y[at]), 5)] for at in shown]
