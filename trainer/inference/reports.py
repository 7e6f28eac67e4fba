"""Reports on the predictions of a network: measures from scikit-learn, and the examples worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics

from trainer.data.facts import DatasetFacts
from trainer.data.images import shown_example, tidy
from trainer.data.summary import histogram
from trainer.inference.suspects import (
    furthest_examples,
    label_problems,
    largest_errors,
    surest_mistakes,
    wrong_examples,
)
from trainer.measures.calibration import reliability
from trainer.measures.measuring import measure

MAX_EXAMPLES = 24
MAX_PAIRS = 2000


@dataclass(frozen=True)
class Answers:
    """The predictions of a network for ``inputs[indices]``.

    ``inputs``: all raw inputs. ``targets``: (examples,), true classes or values, or (examples, classes) of several
    labels. ``outputs``: (examples, classes) probabilities, or (examples, 1) values.
    """

    indices: np.ndarray
    inputs: np.ndarray
    targets: np.ndarray
    outputs: np.ndarray

    def example(self, position: int, facts: DatasetFacts) -> dict[str, Any]:
        """The index in the dataset, and the example in the form that pages show."""
        index = int(self.indices[position])
        return {"index": index} | shown_example(self.inputs[index], facts)


def classification_report(answers: Answers, facts: DatasetFacts) -> dict[str, Any]:
    """Metrics, confusion matrix (rows: true, columns: predicted), measures per class, most confident mistakes.

    ``reliability`` is accuracy against confidence, as :func:`trainer.measures.calibration.reliability` gives it.
    """
    predicted = answers.outputs.argmax(axis=-1)
    numbers = np.arange(facts.num_classes)
    return {
        "metrics": measure(facts.task, answers.targets, answers.outputs),
        "reliability": reliability(answers.targets, answers.outputs),
        "classes": list(facts.class_names),
        "confusion": metrics.confusion_matrix(answers.targets, predicted, labels=numbers).tolist(),
        "per_class": per_class(answers.targets, predicted, facts),
        "mistakes": _mistakes(answers, predicted, facts),
        "wrong": wrong_examples(answers.indices, answers.targets, answers.outputs),
        "label_problems": label_problems(answers.indices, answers.targets, answers.outputs, facts),
    }


def regression_report(answers: Answers, facts: DatasetFacts) -> dict[str, Any]:
    """Errors in the unit of the target, predicted against actual, residuals (actual − predicted), worst examples."""
    actual, predicted = answers.targets.astype(np.float64), answers.outputs[:, 0].astype(np.float64)
    residuals = actual - predicted
    shown = np.unique(np.linspace(0, len(actual) - 1, min(len(actual), MAX_PAIRS)).astype(int))
    return {
        "metrics": measure(facts.task, answers.targets, answers.outputs),
        "target_name": facts.target_name,
        "pairs": [[tidy(actual[at]), tidy(predicted[at])] for at in shown],
        "residual_histogram": histogram(residuals),
        "furthest": furthest_examples(answers.indices, actual, predicted),
        "worst": [
            {"actual": tidy(actual[at]), "predicted": tidy(predicted[at]), "residual": tidy(residuals[at])}
            | answers.example(at, facts)
            for at in largest_errors(actual, predicted)[:MAX_EXAMPLES]
        ],
    }


def per_class(targets: np.ndarray, predicted: np.ndarray, facts: DatasetFacts) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support of each class; one that was never predicted has precision 0.

    Arguments: (examples,), class numbers, or (examples, classes), which labels there are.
    """
    numbers = np.arange(facts.num_classes)
    columns = metrics.precision_recall_fscore_support(targets, predicted, labels=numbers, zero_division=0)
    return [
        {"name": name, "precision": float(precision), "recall": float(recall), "f1": float(f1), "support": int(support)}
        for name, precision, recall, f1, support in zip(facts.class_names, *columns, strict=True)
    ]


def _mistakes(answers: Answers, predicted: np.ndarray, facts: DatasetFacts) -> list[dict[str, Any]]:
    """The wrong predictions with the highest confidence, highest first."""
    return [
        {
            "true": facts.class_names[answers.targets[at]],
            "predicted": facts.class_names[predicted[at]],
            "probability": float(answers.outputs[at, predicted[at]]),
            "true_probability": float(answers.outputs[at, answers.targets[at]]),
        }
        | answers.example(at, facts)
        for at in surest_mistakes(answers.targets, answers.outputs)[:MAX_EXAMPLES]
    ]
