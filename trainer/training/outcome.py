"""Whether a training that ended normally has learned anything, in words for people."""

from __future__ import annotations

import math

from trainer.data.facts import DatasetFacts
from trainer.events.events import Metrics
from trainer.spec.metrics import on_validation

EXPLODED = 1000.0
REMEDY = "Lower the learning rate"


def spelled(value: float) -> str:
    """A number with four digits; non-finite numbers as in events: NaN, Infinity, -Infinity."""
    if math.isfinite(value):
        return f"{value:.4g}"
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def warning_of(first_loss: float, last: Metrics, facts: DatasetFacts, sizes: dict[str, int]) -> str:
    """Return a warning about a training from ``first_loss`` to the final metrics ``last``; "" if it learned.

    ``sizes`` are the numbers of training and validation examples, "train" and "validation".
    """
    loss = last["loss"]
    if not math.isfinite(loss):
        return f"The loss is {spelled(loss)} at the end: the training diverged. {REMEDY}, or clip the gradient norm."
    if loss > EXPLODED * max(first_loss, 1e-9):
        grew = f"The loss grew from {spelled(first_loss)} to {spelled(loss)}: the training diverged."
        return f"{grew} {REMEDY}, or clip the gradient norm."
    if facts.task == "classification":
        return _at_chance(last, facts.num_classes, sizes)
    if max(last.get(name, 1.0) for name in ("r2_score", on_validation("r2_score"))) <= 0:
        return f"The network predicts no better than the mean of the target (R² is not above 0). {REMEDY}."
    return ""


def _at_chance(last: Metrics, num_classes: int, sizes: dict[str, int]) -> str:
    """Warn when accuracy is within two standard errors of guessing on both the training and the validation split."""
    names = {"train": "accuracy", "validation": on_validation("accuracy")}
    chance = 1 / num_classes
    for part, name in names.items():
        error = math.sqrt(chance * (1 - chance) / max(sizes[part], 1))
        if last.get(name, 1.0) > chance + 2 * error:
            return ""
    accuracy = f"{100 * last[names['validation']]:.3g} %"
    return f"Accuracy is {accuracy} at the end, which is chance for {num_classes} classes. {REMEDY}."
