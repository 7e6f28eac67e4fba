"""Filters and tags of the run page and the comparison. ``{% load runpage %}``."""

from __future__ import annotations

from typing import Any

from django import template

from trainer.messages.message import Message
from trainer.spec.metrics import family_of, label_in_sentence, title_of
from webapp.checkpoints.models import Evaluation
from webapp.jobs.wording import ending_in_words
from webapp.runs.models import Run
from webapp.ui.filters import duration

register = template.Library()

# Why a run ended, where more is said than its history says.
REASONS = {
    "completed": Message("All epochs done"),
    "early_stopping": Message("Early stopping: the validation loss no longer improved"),
    "target_reached": Message("The metric reached the value that was asked for"),
    "time_limit": Message("The time limit of its training was over"),
    "stopped": Message("Stopped by request"),
    "interrupted": Message("Interrupted too often"),
}


@register.filter
def metric(values: dict[str, Any] | None, name: str) -> Any:
    """The entry of ``name`` in a summary or in a checkpoint's metrics; ``None`` if there is none."""
    return (values or {}).get(name)


register.filter("metric_label", label_in_sentence)


@register.filter
def family_label(name: str) -> Message:
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
def doing(run: Run) -> Message:
    """What the run is doing, or why it ended, in a few words."""
    state = run.display_state
    if state in ("starting", "running"):
        usually = Message("Training") if state == "running" else Message("Loading data and network")
        doing_now = run.doing or usually
        return Message("{doing} on {host}", doing=doing_now, host=run.worker.host) if run.worker else doing_now
    if state == "stopping":
        return run.doing or Message("Saving a checkpoint, then stopping")
    return REASONS.get(run.reason) or ending_in_words(Message(run.reason or run.state))
