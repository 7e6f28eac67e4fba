"""The registry of metrics: the names of each, whether high or low values are best, and where it is measured.

Events, rows and files refer to a metric by its name, prefixed with ``val_`` where it was measured on the validation
split. Only this module knows the prefix. A metric that is not in the registry can be drawn, but has no best value,
because its direction is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.messages.message import Message

Direction = Literal["max", "min"]
VALIDATION = "val_"
# What regularisers ask for the weights: reported with the metrics, but no measure of how good a network is.
PENALTY = "penalty"
CLASSIFICATION, MULTILABEL, REGRESSION = "classification", "multilabel", "regression"


@dataclass(frozen=True)
class Metric:
    """``label`` starts a line, ``short`` is used within one. ``tasks`` are those for which it is meaningful.

    Evaluations measure all of them. With ``in_training``, training measures it after every epoch on both parts; the
    others on validation data only, in runs of an experiment that is judged by it. A finished evaluation is summarised
    by the metrics marked ``headline``. With fewer than ``least_classes`` it says nothing.
    """

    name: str
    label: str
    short: str
    direction: Direction
    tasks: tuple[str, ...]
    in_training: bool = False
    headline: bool = False
    least_classes: int = 0


CLASSES, LABELS, NUMBERS = (CLASSIFICATION,), (MULTILABEL,), (REGRESSION,)
BOTH = (CLASSIFICATION, MULTILABEL)
# In the order in which an evaluation shows them.
METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "Accuracy", "accuracy", "max", CLASSES, in_training=True, headline=True),
        Metric("top_5_accuracy", "Top-5 accuracy", "top 5", "max", CLASSES, least_classes=6),
        Metric("balanced_accuracy", "Balanced accuracy", "balanced accuracy", "max", CLASSES),
        Metric("micro_f1", "Micro F1", "micro F1", "max", LABELS, in_training=True, headline=True),
        Metric("exact_match", "Exact match", "exact match", "max", LABELS, headline=True),
        Metric("label_accuracy", "Label accuracy", "label accuracy", "max", LABELS, in_training=True),
        Metric("label_ranking", "Label ranking precision", "label ranking precision", "max", LABELS),
        Metric("precision", "Macro precision", "macro precision", "max", BOTH),
        Metric("recall", "Macro recall", "macro recall", "max", BOTH),
        Metric("f1", "Macro F1", "macro F1", "max", BOTH),
        Metric("roc_auc", "ROC-AUC", "ROC-AUC", "max", BOTH),
        Metric("pr_auc", "PR-AUC", "PR-AUC", "max", BOTH),
        Metric("log_loss", "Log loss", "log loss", "min", BOTH),
        Metric("expected_calibration_error", "Calibration error", "calibration error", "min", CLASSES),
        Metric("mean_absolute_error", "Mean absolute error", "MAE", "min", NUMBERS, in_training=True, headline=True),
        Metric("median_absolute_error", "Median absolute error", "median error", "min", NUMBERS),
        Metric("root_mean_squared_error", "Root mean squared error", "RMSE", "min", NUMBERS, in_training=True),
        Metric("r2_score", "R² score", "R²", "max", NUMBERS, in_training=True, headline=True),
        Metric("loss", "Loss", "loss", "min", (*BOTH, REGRESSION), in_training=True),
    )
}
JUDGED_BY = {CLASSIFICATION: "accuracy", MULTILABEL: "micro_f1", REGRESSION: "loss"}


def on_validation(name: str) -> str:
    """The name of a metric that was measured on the validation split."""
    return VALIDATION + name


def is_on_validation(name: str) -> bool:
    return name.startswith(VALIDATION)


def family_of(name: str) -> str:
    """The name of the metric without its split: ``val_loss`` → ``loss``."""
    return name.removeprefix(VALIDATION)


def direction_of(name: str) -> Direction | None:
    """Whether the highest ("max") or the lowest ("min") value is best; ``None`` for an unregistered metric."""
    metric = METRICS.get(family_of(name))
    return metric.direction if metric else None


def trained_metrics(task: str) -> list[Metric]:
    """The metrics that training for ``task`` measures after every epoch, the one that ranks runs by default first."""
    measured = [metric for metric in METRICS.values() if metric.in_training and task in metric.tasks]
    return sorted(measured, key=lambda metric: metric.name != JUDGED_BY[task])


def judging_metrics(task: str, num_classes: int | None = None) -> list[Metric]:
    """The metrics that may judge an experiment on such data, the default first.

    Without ``num_classes``, those are included that need many classes.
    """
    suitable = [metric for metric in METRICS.values() if task in metric.tasks]
    if num_classes is not None:
        suitable = [metric for metric in suitable if num_classes >= metric.least_classes]
    return sorted(suitable, key=lambda metric: metric.name != JUDGED_BY[task])


def default_metric(task: str) -> tuple[str, Direction]:
    """The metric by which runs for ``task`` are ranked unless another is chosen, and its direction."""
    metric = METRICS[JUDGED_BY[task]]
    return on_validation(metric.name), metric.direction


def title_of(name: str) -> Message:
    """The readable name of a metric without its split: ``val_mean_absolute_error`` → "Mean absolute error"."""
    family = family_of(name)
    return Message(METRICS[family].label if family in METRICS else family.replace("_", " ").capitalize())


def name_in_sentence(name: str) -> Message:
    """``loss`` → "loss", ``r2_score`` → "R² score": only words lose their capital."""
    title = title_of(name).text
    return Message(title[0].lower() + title[1:] if title[1:2].islower() else title)


def label_in_sentence(name: str) -> Message:
    """The same within a sentence: ``val_loss`` → "validation loss"."""
    if is_on_validation(name):
        return Message("validation {metric}", metric=name_in_sentence(name))
    return Message("training {metric}", metric=name_in_sentence(name))


def label_of(name: str) -> Message:
    """The readable name of one metric and its split: ``val_loss`` → "Validation loss"."""
    if is_on_validation(name):
        return Message("Validation {metric}", metric=name_in_sentence(name))
    return Message("Training {metric}", metric=name_in_sentence(name))
