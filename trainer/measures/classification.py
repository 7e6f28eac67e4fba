"""The metrics of a classification.

All take ``targets``: (examples,), class numbers, and ``probabilities``: (examples, classes), float. Of metrics that
are means over classes ("macro"), the mean is over the classes that occur in ``targets``. ``None`` stands for a number
that these examples do not define.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn import metrics

from trainer.measures.calibration import expected_calibration_error
from trainer.measures.curves import mean_average_precision, mean_roc_auc

Measure = Callable[[np.ndarray, np.ndarray], float | None]


def accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of examples whose most probable class is the true one."""
    return float(metrics.accuracy_score(targets, probabilities.argmax(axis=-1)))


def top_5_accuracy(targets: np.ndarray, probabilities: np.ndarray) -> float | None:
    """The share of examples whose true class is among the five most probable; ``None`` for five classes or fewer."""
    num_classes = probabilities.shape[1]
    if num_classes <= 5:
        return None
    return float(metrics.top_k_accuracy_score(targets, probabilities, k=5, labels=np.arange(num_classes)))


def precision(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean precision of the classes; that of a class that was never predicted is 0."""
    return _macro(metrics.precision_score, targets, probabilities)


def recall(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean recall of the classes, which is also the balanced accuracy (Brodersen et al. 2010)."""
    return _macro(metrics.recall_score, targets, probabilities)


def f1(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean F1 of the classes."""
    return _macro(metrics.f1_score, targets, probabilities)


def roc_auc(targets: np.ndarray, probabilities: np.ndarray) -> float | None:
    """The mean area under the ROC curves of each class against the rest; ``None`` for a single class."""
    return mean_roc_auc(_one_hot(targets, probabilities), probabilities)


def pr_auc(targets: np.ndarray, probabilities: np.ndarray) -> float | None:
    """The mean of the average precisions of each class against the rest; ``None`` for a single class."""
    return mean_average_precision(_one_hot(targets, probabilities), probabilities)


def log_loss(targets: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean of -ln of the probability of the true class, which is at least the epsilon of its type.

    scikit-learn's, without its warning where outputs beyond the classes have some of the probability.
    """
    true = probabilities[np.arange(len(targets)), targets]
    return float(-np.log(np.maximum(true, np.finfo(true.dtype).eps), dtype=np.float64).mean())


def _macro(score: Callable[..., float], targets: np.ndarray, probabilities: np.ndarray) -> float:
    predicted, occurring = probabilities.argmax(axis=-1), np.unique(targets)
    return float(score(targets, predicted, labels=occurring, average="macro", zero_division=0))


def _one_hot(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Whether each example is of each class, bool (examples, classes)."""
    is_of_class: np.ndarray = targets[:, None] == np.arange(probabilities.shape[1])
    return is_of_class


MEASURES: dict[str, Measure] = {
    "accuracy": accuracy,
    "top_5_accuracy": top_5_accuracy,
    "balanced_accuracy": recall,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "log_loss": log_loss,
    "expected_calibration_error": expected_calibration_error,
}
