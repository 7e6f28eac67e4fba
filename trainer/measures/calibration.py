"""Whether a network is right as often as it is sure: Guo et al. 2017, On calibration of modern neural networks."""

from __future__ import annotations

from typing import Any

import numpy as np

NUM_BINS = 10


def reliability(targets: np.ndarray, probabilities: np.ndarray, num_bins: int = NUM_BINS) -> list[dict[str, Any]]:
    """Accuracy against confidence, the probability of the predicted class, in bins of equal width over 0..1.

    ``targets``: (examples,), class numbers. ``probabilities``: (examples, classes). Returns for each bin, which
    excludes its lower bound, ``low``, ``high``, ``count``, and the mean ``confidence`` and ``accuracy`` of its
    examples, ``None`` for an empty bin.
    """
    confidence = probabilities.max(axis=-1).astype(np.float64)
    right = probabilities.argmax(axis=-1) == targets
    edges = np.linspace(0, 1, num_bins + 1)
    bins = np.digitize(confidence, edges[1:-1], right=True)
    counts = np.bincount(bins, minlength=num_bins)
    sums = [np.bincount(bins, weights=values, minlength=num_bins) for values in (confidence, right)]
    return [
        {
            "low": float(low),
            "high": float(high),
            "count": int(count),
            "confidence": float(sure / count) if count else None,
            "accuracy": float(correct / count) if count else None,
        }
        for low, high, count, sure, correct in zip(edges[:-1], edges[1:], counts, *sums, strict=True)
    ]


def expected_calibration_error(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean over all examples of the distance between accuracy and confidence in their bin of ten."""
    filled = [each for each in reliability(targets, probabilities) if each["count"]]
    gaps = sum(each["count"] * abs(each["accuracy"] - each["confidence"]) for each in filled)
    return float(gaps / len(targets))
