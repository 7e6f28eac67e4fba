"""Filters and tags of the run page and the comparison. ``{% load runpage %}``."""

from __future__ import annotations

from typing import Any

from django import template

from trainer.spec.metrics import family_of, label_of, title_of
from webapp.checkpoints.models import Evaluation
from webapp.runs.models import Run
from webapp.ui.filters import duration

register = template.Library()

REASONS = {
    "completed": "All epochs done",
    "early_stopping": "Early stopping: the validation loss no longer improved",
    "stopped": "Stopped by request",
    "interrupted": "Interrupted too often",
}


@register.filter
def metric(values: dict[str, Any] | None, name: str) -> Any:
    """The entry of ``name`` in a summary or in a checkpoint's metrics; ``None`` if there is none."""
    return (values or {}).get(name)


@register.filter
def metric_label(name: str) -> str:
    """ "val_loss" → "validation loss"."""
    label = label_of(name)
    return label[0].lower() + label[1:]


@register.filter
def family_label(name: str) -> str:
    """ "val_accuracy" → "Accuracy": an evaluation names its data elsewhere."""
    return title_of(name)


@register.filter
def score(evaluation: Evaluation, name: str) -> Any:
    """What an evaluation measured for the experiment's metric, whose "val_" only names the data."""
    return (evaluation.result.get("metrics") or {}).get(family_of(name))


@register.filter
def time_left(seconds: float | None) -> str:
    """Time left in whole seconds, as ``durationText`` in ``static/js/common/words.js`` counts it down."""
    if seconds is None or seconds >= 59.5:
        return duration(seconds)
    return f"{seconds:.0f} s"


@register.filter
def doing(run: Run) -> str:
    """What the run is doing, or why it ended, in a few words."""
    state = run.display_state
    if state in ("starting", "running"):
        doing_now = run.progress.get("message") or ("Training" if state == "running" else "Loading data and network")
        return f"{doing_now} on {run.worker.host}" if run.worker else str(doing_now)
    if state == "stopping":
        return str(run.progress.get("message") or "Saving a checkpoint, then stopping")
    return REASONS.get(run.reason, run.reason.replace("_", " ").capitalize() or run.state.capitalize())
