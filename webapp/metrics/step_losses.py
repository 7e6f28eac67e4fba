"""The loss of every single batch of a run, as many as can be seen."""

from __future__ import annotations

import base64
import math

import numpy as np

from webapp.metrics.curves import Value
from webapp.metrics.models import RunEvent
from webapp.metrics.thinning import telling_places
from webapp.runs.models import Run

FEWEST, POINTS, MOST = 10, 2000, 100_000  # how many can be asked for


def step_losses(run: Run, points: int = POINTS) -> list[tuple[int, Value]]:
    """The run's ``(step, loss)`` in order, without what was trained again. Steps count from 1 over all epochs.

    Of more than ``points`` steps those that draw the same line: the lowest and the highest of every stretch, and
    where losses are no numbers. What is not finite is "NaN", "Infinity" or "-Infinity".
    """
    steps, losses = _recorded(run)
    if len(losses) > points:
        kept = np.unique(np.concatenate([[0, len(losses) - 1], telling_places(losses, points // 2 * 2)]))
        steps, losses = steps[kept], losses[kept]
    return [(step, _value(loss)) for step, loss in zip(steps.tolist(), losses.tolist(), strict=True)]


def steps_per_epoch(run: Run) -> int | None:
    """How many steps an epoch of the run has; ``None`` before it has begun."""
    started = RunEvent.objects.filter(run=run, kind="started").order_by("-seq")
    found: int | None = started.values_list("payload__steps_per_epoch", flat=True).first()
    return found


def _recorded(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of steps, and losses, of all epochs that recorded them."""
    events = RunEvent.objects.filter(run=run, kind="steps", superseded=False).order_by("seq")
    steps, losses = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
    for epoch, text in events.values_list("epoch", "payload__losses").iterator(chunk_size=100):
        of_epoch = np.frombuffer(base64.b64decode(text), "<f4")
        steps.append(np.arange(1, len(of_epoch) + 1) + ((epoch or 1) - 1) * len(of_epoch))
        losses.append(of_epoch)
    return np.concatenate(steps), np.concatenate(losses)


def _value(loss: float) -> Value:
    if math.isfinite(loss):
        return loss
    return "NaN" if math.isnan(loss) else "Infinity" if loss > 0 else "-Infinity"
