"""Examples worth a look: those that a network predicts wrongly, and those whose labels are likely wrong.

The probabilities must be out of sample, that is of examples that the network was not trained on.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.images import tidy

MOST_WRONG = 2000
MOST_PROBLEMS = 500


def surest_mistakes(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """The positions of wrong predictions, the most confident first, int64.

    ``targets``: (examples,), class numbers. ``outputs``: (examples, classes), probabilities.
    """
    predicted, confidence = outputs.argmax(axis=-1), outputs.max(axis=-1)
    wrong = np.flatnonzero(predicted != targets)
    return wrong[np.argsort(-confidence[wrong], kind="stable")]


def largest_errors(actual: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The positions of all predictions of a number, (examples,), the one that is furthest off first; int64."""
    return np.argsort(-np.abs(actual - predicted), kind="stable")


def wrong_examples(indices: np.ndarray, targets: np.ndarray, outputs: np.ndarray) -> list[list[Any]]:
    """``[index, true class number, predicted one, probability]`` of wrong predictions, the most confident first.

    ``indices``: (examples,), places in the dataset. Other arguments as of :func:`surest_mistakes`.
    """
    predicted, confidence = outputs.argmax(axis=-1), outputs.max(axis=-1)
    surest = surest_mistakes(targets, outputs)[:MOST_WRONG]
    return [[int(indices[at]), int(targets[at]), int(predicted[at]), float(confidence[at])] for at in surest]


def label_problems(
    indices: np.ndarray, targets: np.ndarray, outputs: np.ndarray, facts: DatasetFacts
) -> list[dict[str, Any]]:
    """Labels that are likely wrong, the likeliest first: confident learning.

    An example is one when its probability of another class reaches what examples of that class have on average; they
    are ranked by how far the probability of their own label is below it (Northcutt, Jiang and Chuang 2021, Confident
    learning: estimating uncertainty in dataset labels, sections 3.1 and 3.3). Arguments as of :func:`wrong_examples`.
    """
    rows = np.arange(len(targets))
    own = outputs[rows, targets]
    others = np.where(outputs >= _usual_confidence(targets, outputs), outputs, -1.0)
    others[rows, targets] = -1.0
    suggested = others.argmax(axis=-1)
    margin = others[rows, suggested] - own
    problems = np.flatnonzero((others[rows, suggested] >= 0) & (margin > 0))
    ranked = problems[np.argsort(-margin[problems], kind="stable")][:MOST_PROBLEMS]
    return [
        {
            "index": int(indices[at]),
            "label": facts.class_names[targets[at]],
            "suggested": facts.class_names[suggested[at]],
            "probability": float(outputs[at, suggested[at]]),
            "own_probability": float(own[at]),
        }
        for at in ranked
    ]


def furthest_examples(indices: np.ndarray, actual: np.ndarray, predicted: np.ndarray) -> list[list[Any]]:
    """``[index, actual, predicted]`` of the largest errors of a regression, the largest first."""
    furthest = largest_errors(actual, predicted)[:MOST_PROBLEMS]
    return [[int(indices[at]), tidy(actual[at]), tidy(predicted[at])] for at in furthest]


def _usual_confidence(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """For each class the mean probability that its examples have for it; 2, which none reaches, without examples."""
    counts = np.bincount(targets, minlength=outputs.shape[1])
    sums = np.bincount(targets, weights=outputs[np.arange(len(targets)), targets], minlength=outputs.shape[1])
    return np.where(counts > 0, sums / np.maximum(counts, 1), 2.0)
