"""Measuring predictions by the metrics of their task, and by what the simplest answer reaches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.measures import classification, multilabel, regression
from trainer.networks.ends import output_activation
from trainer.spec import Spec
from trainer.spec.metrics import CLASSIFICATION, METRICS, MULTILABEL, REGRESSION

# The function of each metric in the registry. The loss is that of the compiled model.
MEASURES = {CLASSIFICATION: classification.MEASURES, MULTILABEL: multilabel.MEASURES, REGRESSION: regression.MEASURES}


def measure(task: str, targets: np.ndarray, outputs: np.ndarray) -> dict[str, float | None]:
    """All metrics of the task but the loss. ``outputs``: (examples, classes) probabilities, or (examples, 1) values.

    ``None`` stands for a number that these examples do not define.
    """
    num_classes = 0 if task == REGRESSION else outputs.shape[1]
    meaningful = {name: of for name, of in MEASURES[task].items() if num_classes >= METRICS[name].least_classes}
    return {name: of(targets, outputs) for name, of in meaningful.items()}


def measure_one(name: str, task: str, targets: np.ndarray, outputs: np.ndarray) -> float:
    """One metric by its name in the registry; NaN where it is undefined or outputs are not finite."""
    if not np.isfinite(outputs).all():
        return math.nan
    value = MEASURES[task][name](targets, outputs)
    return math.nan if value is None else value


def probabilities_of(outputs: np.ndarray, spec: Spec, facts: DatasetFacts) -> np.ndarray:
    """Outputs of the network as class probabilities; those of a regression are returned unchanged.

    A network with a linear output gives logits, to which softmax is applied in float64. Outputs beyond the classes are
    left out with the probability that they have, so that the sum may be below 1.
    """
    if facts.task == REGRESSION:
        return outputs
    if output_activation(spec, facts) != "linear":
        return outputs[:, : facts.num_classes]
    raised = np.exp(outputs.astype(np.float64) - outputs.max(axis=-1, keepdims=True))
    probabilities: np.ndarray = raised / raised.sum(axis=-1, keepdims=True)
    return probabilities[:, : facts.num_classes]


def baseline(facts: DatasetFacts, trained: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """What the simplest answer reaches on ``targets``, learned from ``trained``, the targets of the training part.

    It is the most frequent class, with the shares of the classes as probabilities, or the mean: scikit-learn's
    ``DummyClassifier(strategy="prior")`` and ``DummyRegressor()``. Of several labels it is a list of those that at
    least half of the examples have, also with their shares. Returns ``answer`` and its ``metrics``.
    """
    if facts.task == CLASSIFICATION:
        shares = np.bincount(trained, minlength=facts.num_classes) / len(trained)
        answer: str | float | list[str] = facts.class_names[int(shares.argmax())]
        outputs = np.tile(shares, (len(targets), 1))
    elif facts.task == MULTILABEL:
        shares = trained.mean(axis=0, dtype=np.float64)
        answer = [name for name, share in zip(facts.class_names, shares, strict=True) if share >= multilabel.THRESHOLD]
        outputs = np.tile(shares, (len(targets), 1))
    else:
        answer = float(trained.mean(dtype=np.float64))
        outputs = np.full((len(targets), 1), answer)
    return {"answer": answer, "metrics": measure(facts.task, targets, outputs)}
