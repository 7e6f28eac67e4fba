"""The summary in a run's row: the last and the best value of each metric, and the progress of the training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from trainer.events.events import EpochEnded, Progress, Started
from trainer.spec.metrics import direction_of
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.workers.recording.payload import payload_of


def finite(value: Any) -> float | None:
    """The number, or ``None`` when it is missing or not finite."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


class RunSummary:
    """The summary of one run while a batch of events is recorded; :meth:`fields` returns the columns to write."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.metrics: dict[str, dict[str, Any]] = dict(run.summary)
        self.epochs_done = run.epochs_done
        self.progress: dict[str, Any] = dict(run.progress)

    def rewind(self, pending: Iterable[RunEvent], event: Started) -> None:
        """Go back to the end of epoch ``event.epoch``, from which a new attempt resumes."""
        self.metrics = {}
        stored = RunEvent.objects.filter(run=self.run, kind="epoch", superseded=False).order_by("seq")
        known = [*stored.values_list("epoch", "payload__metrics")]
        known += [(row.epoch, row.payload["metrics"]) for row in pending if row.kind == "epoch" and not row.superseded]
        for epoch, values in known:
            self._take(epoch or 0, values)
        self.epochs_done = event.epoch
        fraction = event.epoch / event.epochs
        self.progress = {"epoch": event.epoch, "epochs": event.epochs, "fraction": fraction, "seconds_left": None}

    def add(self, event: EpochEnded) -> None:
        self._take(event.epoch, payload_of(event)["metrics"])
        self.epochs_done = event.epoch
        self._advance(event, event.epoch / event.epochs)

    def advance(self, event: Progress) -> None:
        done = event.epoch - 1 + event.step / max(event.steps_per_epoch, 1)
        self._advance(event, done / event.epochs)

    def fields(self) -> dict[str, Any]:
        best = self.metrics.get(self.run.experiment.metric, {}).get("best")
        return {
            "summary": self.metrics,
            "best_value": best,
            "epochs_done": self.epochs_done,
            "progress": self.progress,
        }

    def _advance(self, event: EpochEnded | Progress, fraction: float) -> None:
        self.progress = {
            "epoch": event.epoch,
            "epochs": event.epochs,
            "fraction": min(fraction, 1.0),
            "seconds_left": finite(event.seconds_left),
            "learning_rate": finite(event.learning_rate),
            "examples_per_second": finite(event.examples_per_second),
        }

    def _take(self, epoch: int, values: dict[str, Any]) -> None:
        """An epoch whose loss is not finite is never the best: its weights are lost, and no checkpoint has them."""
        is_lost = "loss" in values and finite(values["loss"]) is None
        for metric, value in values.items():
            entry = self.metrics.setdefault(metric, {"last": None, "best": None, "best_epoch": None})
            self.metrics[metric] = entry = entry | {"last": value}
            number = finite(value)
            if number is not None and not is_lost and self._is_better(metric, number, entry["best"]):
                self.metrics[metric] = entry | {"best": number, "best_epoch": epoch}

    def _is_better(self, metric: str, number: float, best: float | None) -> bool:
        experiment = self.run.experiment
        direction = experiment.metric_mode if metric == experiment.metric else direction_of(metric)
        if direction is None or best is None:
            return direction is not None
        return number > best if direction == "max" else number < best
