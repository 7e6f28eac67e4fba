"""The metrics of several labels an example (Tsoumakas and Katakis 2007, Multi-label classification: an overview).

All take ``targets``: (examples, labels), 1 where an example has the label and 0 elsewhere, and ``probabilities`` of
the same shape. A label is given where its probability is at least a half. "Macro" is the mean over the labels, and
"micro" counts all labels of all examples together. ``None`` stands for a number that these examples do not define.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import metrics

from trainer.measures.classification import Measure
from trainer.measures.curves import mean_average_precision, mean_roc_auc

THRESHOLD = 0.5


def given(probabilities: np.ndarray) -> np.ndarray:
    """Which labels are given, bool (examples, labels)."""
    return probabilities >= THRESHOLD


def micro_f1(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The F1 of all labels of all examples together; 0 when none is given rightly."""
    return float(metrics.f1_score(targets, given(probabilities), average="micro", zero_division=0))


def exact_match(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of examples with all of their labels and no other: subset accuracy."""
    return float(metrics.accuracy_score(targets, given(probabilities)))


def label_accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of all decisions on a label of an example that are right: 1 − Hamming loss."""
    return 1 - float(metrics.hamming_loss(targets, given(probabilities)))


def label_ranking(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """How far the labels of an example are ranked before the others, mean over examples: 1 is perfect.

    The label ranking average precision (Schapire and Singer 2000, BoosTexter, section 3); examples with no label or
    all of them count as 1.
    """
    return float(metrics.label_ranking_average_precision_score(targets, probabilities))


def precision(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean precision of the labels; that of a label that was never given is 0."""
    return _macro(metrics.precision_score, targets, probabilities)


def recall(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean recall of the labels."""
    return _macro(metrics.recall_score, targets, probabilities)


def f1(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean F1 of the labels."""
    return _macro(metrics.f1_score, targets, probabilities)


def roc_auc(targets: np.ndarray, probabilities: np.ndarray) -> float | None:
    """The mean area under the ROC curves of the labels; ``None`` when no label is defined."""
    return mean_roc_auc(targets > 0, probabilities)


def pr_auc(targets: np.ndarray, probabilities: np.ndarray) -> float | None:
    """The mean of the average precisions of the labels; ``None`` when no label is defined."""
    return mean_average_precision(targets > 0, probabilities)


def log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of -ln of the probability of what is true of each label, which is at least float32's epsilon."""
    there = np.where(targets > 0, probabilities, 1 - probabilities).astype(np.float64)
    return float(-np.log(np.maximum(there, np.finfo(np.float32).eps)).mean())


def _macro(score: Callable[..., float], targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean over the labels that occur; 0 when none does."""
    occurring = np.flatnonzero(targets.any(axis=0))
    if not len(occurring):
        return 0.0
    return float(score(targets, given(probabilities), labels=occurring, average="macro", zero_division=0))


MEASURES: dict[str, Measure] = {
    "micro_f1": micro_f1,
    "exact_match": exact_match,
    "label_accuracy": label_accuracy,
    "label_ranking": label_ranking,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "log_loss": log_loss,
}
