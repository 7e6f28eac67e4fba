"""Every metric that is measured or shown, once: its names, which end of it is best, and where it is measured.

Events, rows and files call a metric by its name, and by ``val_`` and its name where it was measured on the
validation split. All knowledge of that prefix is here. A metric that is not in the registry can be drawn, but has no
best: nobody said which end of it is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["max", "min"]
VALIDATION = "val_"
CLASSIFICATION, REGRESSION = "classification", "regression"


@dataclass(frozen=True)
class Metric:
    """``label`` begins a line, ``short`` stands in one. ``tasks`` are those it has a meaning for.

    Training measures it after every epoch where ``in_training`` is set, otherwise only evaluations do. A finished
    evaluation is summed up by the metrics marked ``headline``.
    """

    name: str
    label: str
    short: str
    direction: Direction
    tasks: tuple[str, ...]
    in_training: bool = True
    headline: bool = False


# In the order in which an evaluation shows them.
METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "Accuracy", "accuracy", "max", (CLASSIFICATION,), headline=True),
        Metric("top_5_accuracy", "Top-5 accuracy", "top 5", "max", (CLASSIFICATION,), in_training=False),
        Metric("f1", "F1", "F1", "max", (CLASSIFICATION,), in_training=False),
        Metric("auc", "AUC", "AUC", "max", (CLASSIFICATION,), in_training=False),
        Metric("mean_absolute_error", "Mean absolute error", "MAE", "min", (REGRESSION,), headline=True),
        Metric("root_mean_squared_error", "Root mean squared error", "RMSE", "min", (REGRESSION,)),
        Metric("r2_score", "R² score", "R²", "max", (REGRESSION,), headline=True),
        Metric("loss", "Loss", "loss", "min", (CLASSIFICATION, REGRESSION)),
    )
}
JUDGED_BY = {CLASSIFICATION: "accuracy", REGRESSION: "loss"}


def on_validation(name: str) -> str:
    """What a metric is called where it was measured on the validation split."""
    return VALIDATION + name


def is_on_validation(name: str) -> bool:
    return name.startswith(VALIDATION)


def family_of(name: str) -> str:
    """The metric itself, on whatever split it was measured: ``val_loss`` → ``loss``."""
    return name.removeprefix(VALIDATION)


def direction_of(name: str) -> Direction | None:
    """Whether the highest ("max") or the lowest ("min") value is best; ``None`` for a metric nobody registered."""
    metric = METRICS.get(family_of(name))
    return metric.direction if metric else None


def trained_metrics(task: str) -> list[Metric]:
    """What a training for ``task`` measures after every epoch, that by which runs are judged by default first."""
    measured = [metric for metric in METRICS.values() if metric.in_training and task in metric.tasks]
    return sorted(measured, key=lambda metric: metric.name != JUDGED_BY[task])


def default_metric(task: str) -> tuple[str, Direction]:
    """By which metric runs for ``task`` are judged unless a person chooses another, and its direction."""
    metric = METRICS[JUDGED_BY[task]]
    return on_validation(metric.name), metric.direction


def title_of(name: str) -> str:
    """The readable name of a metric without its split: ``val_mean_absolute_error`` → "Mean absolute error"."""
    family = family_of(name)
    return METRICS[family].label if family in METRICS else family.replace("_", " ").capitalize()


def name_in_sentence(name: str) -> str:
    """``loss`` → "loss", ``r2_score`` → "R² score": only words lose their capital."""
    title = title_of(name)
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def label_of(name: str) -> str:
    """The readable name of one metric and its split: ``val_loss`` → "Validation loss"."""
    return f"{'Validation' if is_on_validation(name) else 'Training'} {name_in_sentence(name)}"
