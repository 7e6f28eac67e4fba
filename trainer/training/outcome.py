"""Whether a training that ended normally has learned anything, in words for people."""

from __future__ import annotations

import math

from trainer.data.facts import DatasetFacts
from trainer.events.events import Metrics
from trainer.messages.message import Message
from trainer.spec.metrics import on_validation

EXPLODED = 1000.0


def spelled(value: float) -> str:
    """A number with four digits; non-finite numbers as in events: NaN, Infinity, -Infinity."""
    if math.isfinite(value):
        return f"{value:.4g}"
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def warning_of(
    first_loss: float, last: Metrics, facts: DatasetFacts, sizes: dict[str, int], *, learns_mean: bool = True
) -> Message:
    """Return a warning about a training from ``first_loss`` to the final metrics ``last``; empty if it learned.

    ``sizes`` are the numbers of training and validation examples, "train" and "validation". A network that
    learns something else than the mean, such as a quantile, is not held to be near it.
    """
    loss = last["loss"]
    if not math.isfinite(loss):
        return Message(
            "The loss is {loss} at the end: the training diverged. Lower the learning rate, or clip the gradient norm.",
            loss=spelled(loss),
        )
    if loss > EXPLODED * max(first_loss, 1e-9):
        return Message(
            "The loss grew from {first} to {last}: the training diverged. "
            "Lower the learning rate, or clip the gradient norm.",
            first=spelled(first_loss),
            last=spelled(loss),
        )
    if facts.task == "classification":
        return _at_chance(last, facts.num_classes, sizes)
    if facts.task == "multilabel":
        return _no_labels(last)
    if not learns_mean:
        return Message("")
    if max(last.get(name, 1.0) for name in ("r2_score", on_validation("r2_score"))) <= 0:
        return Message(
            "The network predicts no better than the mean of the target (R² is not above 0). Lower the learning rate."
        )
    return Message("")


def _no_labels(last: Metrics) -> Message:
    """Warn when hardly any label is given rightly, on either split: few labels are learnt as if there were none."""
    if max(last.get(name, 1.0) for name in ("micro_f1", on_validation("micro_f1"))) > 0:
        return Message("")
    return Message(
        "The network gives no example any of its labels (micro F1 is 0). Train it longer, or change the learning rate."
    )


def _at_chance(last: Metrics, num_classes: int, sizes: dict[str, int]) -> Message:
    """Warn when accuracy is within two standard errors of guessing on both the training and the validation split."""
    names = {"train": "accuracy", "validation": on_validation("accuracy")}
    chance = 1 / num_classes
    for part, name in names.items():
        error = math.sqrt(chance * (1 - chance) / max(sizes[part], 1))
        if last.get(name, 1.0) > chance + 2 * error:
            return Message("")
    return Message(
        "Accuracy is {accuracy:.3g} % at the end, which is chance for {classes} classes. Lower the learning rate.",
        accuracy=100 * last[names["validation"]],
        classes=num_classes,
    )
