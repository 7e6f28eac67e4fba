"""Losses and metrics of each task."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.networks.ends import output_activation
from trainer.spec import Spec
from trainer.spec.metrics import trained_metrics


def right_labels(targets: Any, probabilities: Any) -> Any:
    """Whether each label is given rightly, (examples, classes). Of mixed examples the larger share counts."""
    return ops.equal(targets > 0.5, probabilities > 0.5)


def accuracy_among(num_classes: int) -> Callable[..., keras.metrics.Metric]:
    """Accuracy where outputs beyond ``num_classes`` are never an answer."""

    def is_right(targets: Any, outputs: Any) -> Any:
        return keras.metrics.sparse_categorical_accuracy(targets, outputs[:, :num_classes])

    return partial(keras.metrics.MeanMetricWrapper, is_right)


# The Keras class of each metric in the registry. Keras measures the loss without one.
KERAS_METRICS: dict[str, Callable[..., keras.metrics.Metric]] = {
    "accuracy": keras.metrics.SparseCategoricalAccuracy,
    "micro_f1": partial(keras.metrics.F1Score, average="micro", threshold=0.5),
    "label_accuracy": partial(keras.metrics.MeanMetricWrapper, right_labels),
    "mean_absolute_error": keras.metrics.MeanAbsoluteError,
    "root_mean_squared_error": keras.metrics.RootMeanSquaredError,
    "r2_score": keras.metrics.R2Score,
}


def loss_of(spec: Spec, facts: DatasetFacts, statistics: Statistics) -> tuple[keras.losses.Loss, float]:
    """Return the loss, and its weight in training.

    Predictions of a regression are in the unit of the target. With standardised targets, the weight scales loss and
    gradients as if the network learned a target of variance 1; the loss shown is then in these units.
    """
    if facts.task == "classification":
        logits = output_activation(spec, facts) == "linear"
        return keras.losses.SparseCategoricalCrossentropy(from_logits=logits), 1.0
    if facts.task == "multilabel":
        return keras.losses.BinaryCrossentropy(), 1.0
    deviation = statistics.target_deviation if spec.normalization.targets == "standardize" else 1.0
    if spec.output.loss == "mean_absolute_error":
        return keras.losses.MeanAbsoluteError(), 1 / deviation
    if spec.output.loss == "huber":
        # Huber's delta is one standard deviation: huber(deviation * z; deviation) = deviation² * huber(z; 1).
        return keras.losses.Huber(delta=deviation), 1 / deviation**2
    return keras.losses.MeanSquaredError(), 1 / deviation**2


def loss_arguments(spec: Spec, facts: DatasetFacts, statistics: Statistics) -> dict[str, Any]:
    """The loss and its weight, as ``keras.Model.compile`` takes them."""
    loss, weight = loss_of(spec, facts, statistics)
    return {"loss": loss, "loss_weights": [weight]}


def metrics_of(facts: DatasetFacts, surplus: int = 0) -> list[keras.metrics.Metric]:
    """Return new metrics, named as they are stored; those of a regression are in the unit of the target.

    ``surplus`` is how many outputs there are beyond the classes.
    """
    names = [metric.name for metric in trained_metrics(facts.task) if metric.name != "loss"]
    among_classes = {"accuracy": accuracy_among(facts.num_classes)} if surplus else {}
    return [(KERAS_METRICS | among_classes)[name](name=name) for name in names]
