"""Losses and metrics of each task."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.networks.ends import output_activation
from trainer.spec import Spec
from trainer.spec.losses import Focal, Huber, LogCosh, Loss, MeanAbsoluteError, Quantile
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


class ClassLoss(keras.losses.Loss):  # type: ignore[misc]
    """Focal loss and label smoothing for classes as numbers: -Σ t (1 - p)^gamma log p.

    The targets t are 1 for the class, of which the share ``smoothing`` is spread over all classes (Lin et al. 2017;
    Szegedy et al. 2016, section 7). It is linear in t, as mixed targets need.
    """

    def __init__(self, gamma: float, smoothing: float, *, from_logits: bool) -> None:
        super().__init__(name="class_loss")
        self._gamma, self._smoothing, self._from_logits = gamma, smoothing, from_logits

    def call(self, y_true: Any, y_pred: Any) -> Any:
        num_classes = y_pred.shape[-1]
        targets = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), num_classes, dtype=y_pred.dtype)
        targets = targets * (1.0 - self._smoothing) + self._smoothing / num_classes
        if self._from_logits:
            logarithms = ops.log_softmax(y_pred, axis=-1)
        else:
            logarithms = ops.log(_clipped(y_pred / ops.sum(y_pred, axis=-1, keepdims=True)))
        return -ops.sum(targets * _focused(ops.exp(logarithms), self._gamma) * logarithms, axis=-1)


class LabelLoss(keras.losses.Loss):  # type: ignore[misc]
    """Focal loss for several labels: the mean over the labels of -t (1 - p)^gamma log p - (1 - t) p^gamma log(1 - p).

    The targets t are 0 or 1, of which the share ``smoothing`` is spread over both, or between them when mixed.
    """

    def __init__(self, gamma: float, smoothing: float) -> None:
        super().__init__(name="label_loss")
        self._gamma, self._smoothing = gamma, smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        targets, given = y_true * (1.0 - self._smoothing) + 0.5 * self._smoothing, _clipped(y_pred)
        present = targets * _focused(given, self._gamma) * ops.log(given)
        absent = (1.0 - targets) * _focused(1.0 - given, self._gamma) * ops.log(1.0 - given)
        return -ops.mean(present + absent, axis=-1)


class LogCoshLoss(keras.losses.Loss):  # type: ignore[misc]
    """deviation² * log cosh(error / deviation): half the square of small errors, and linear beyond one deviation."""

    def __init__(self, deviation: float) -> None:
        super().__init__(name="log_cosh")
        self._deviation = deviation

    def call(self, y_true: Any, y_pred: Any) -> Any:
        errors = (y_pred - ops.reshape(y_true, ops.shape(y_pred))) / self._deviation
        return self._deviation**2 * ops.mean(errors + ops.softplus(-2.0 * errors) - math.log(2.0), axis=-1)


class QuantileLoss(keras.losses.Loss):  # type: ignore[misc]
    """The pinball loss: q for each unit that the target is above the prediction, 1 - q for each below it."""

    def __init__(self, quantile: float) -> None:
        super().__init__(name="quantile")
        self._quantile = quantile

    def call(self, y_true: Any, y_pred: Any) -> Any:
        errors = ops.reshape(y_true, ops.shape(y_pred)) - y_pred
        return ops.mean(ops.maximum(self._quantile * errors, (self._quantile - 1.0) * errors), axis=-1)


def _clipped(probabilities: Any) -> Any:
    """Kept away from 0 and 1, where the logarithm has no value."""
    return ops.clip(probabilities, keras.config.epsilon(), 1.0 - keras.config.epsilon())


def _focused(probabilities: Any, gamma: float) -> Any:
    """What each term counts: little where the probability of what is true is high already."""
    return ops.power(1.0 - probabilities, gamma) if gamma else 1.0


def loss_of(spec: Spec, facts: DatasetFacts, statistics: Statistics) -> tuple[keras.losses.Loss, float]:
    """Return the loss, and its weight in training.

    Predictions of a regression are in the unit of the target. With standardised targets, the weight scales loss and
    gradients as if the network learned a target of variance 1; the loss shown is then in these units.
    """
    if facts.task == "regression":
        deviation = statistics.target_deviation if spec.normalization.targets == "standardize" else 1.0
        return _loss_of_numbers(spec.output.loss, deviation)
    return _loss_of_classes(spec, facts), 1.0


def _loss_of_classes(spec: Spec, facts: DatasetFacts) -> keras.losses.Loss:
    output, from_logits = spec.output, output_activation(spec, facts) == "linear"
    gamma = output.loss.gamma if isinstance(output.loss, Focal) else 0.0
    if facts.task == "multilabel":
        if gamma:
            return LabelLoss(gamma, output.label_smoothing)
        return keras.losses.BinaryCrossentropy(label_smoothing=output.label_smoothing)
    if gamma or output.label_smoothing:
        return ClassLoss(gamma, output.label_smoothing, from_logits=from_logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)


def _loss_of_numbers(loss: Loss, deviation: float) -> tuple[keras.losses.Loss, float]:
    """Of errors in units of ``deviation``; a loss that is quadratic near 0 is scaled by its square."""
    match loss:
        case MeanAbsoluteError():
            return keras.losses.MeanAbsoluteError(), 1 / deviation
        case Quantile(share=share):
            return QuantileLoss(share), 1 / deviation
        case Huber():
            # Huber's delta is one standard deviation: huber(deviation * z; deviation) = deviation² * huber(z; 1).
            return keras.losses.Huber(delta=deviation), 1 / deviation**2
        case LogCosh():
            return LogCoshLoss(deviation), 1 / deviation**2
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
