"""Ending a training early: because it no longer improves, a metric is good enough, or its time is over."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

from trainer import spec
from trainer.events.events import Ending, Metrics
from trainer.spec.metrics import direction_of, on_validation


def is_reached(target: spec.StopAt, metrics: Metrics) -> bool:
    """Whether the metrics of an epoch are as good as ``target`` asks, on validation data; NaN never is."""
    value = metrics[on_validation(target.metric)]
    return value >= target.value if direction_of(target.metric) == "max" else value <= target.value


@dataclass
class EarlyStopper:
    """Counts epochs without an improvement of the validation loss (Prechelt 1998, rule UP).

    ``best`` is the lowest loss so far, ``waited`` the epochs since.
    """

    rule: spec.EarlyStopping
    best: float = math.inf
    waited: int = 0

    def observe(self, loss: float) -> bool:
        """Record the validation loss of an epoch; returns whether training should end."""
        if loss < self.best - self.rule.min_delta:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.rule.patience

    def to_json(self) -> dict[str, Any]:
        return {"best": None if math.isinf(self.best) else self.best, "waited": self.waited}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue counting; a run that early stopping had ended starts counting from zero again."""
        self.best = math.inf if state.get("best") is None else float(state["best"])
        waited = int(state.get("waited", 0))
        self.waited = 0 if waited >= self.rule.patience else waited


@dataclass
class TimeLimit:
    """Counts the time of a training over all its attempts; what came after the checkpoint of a resume is not counted.

    ``spent`` are the seconds of earlier attempts.
    """

    limit_seconds: float
    spent: float = 0.0
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return self.spent + time.monotonic() - self.began

    def is_over(self) -> bool:
        return self.seconds >= self.limit_seconds

    def to_json(self) -> dict[str, Any]:
        return {"seconds": self.seconds}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue counting; a run that the limit had ended starts counting from zero again."""
        spent = float(state.get("seconds", 0.0))
        self.spent = 0.0 if spent >= self.limit_seconds else spent


class EndingRules:
    """The rules of a spec that end a training early. Those with state are part of the checkpoint."""

    def __init__(self, fit: spec.Fit) -> None:
        self._target = fit.stop_at
        self._patience = EarlyStopper(fit.early_stopping) if fit.early_stopping else None
        self._time = TimeLimit(60 * fit.max_minutes) if fit.max_minutes else None

    def observe(self, metrics: Metrics) -> Ending | None:
        """Record an epoch; returns which rule ends the training with it, if one does."""
        waited_enough = self._patience and self._patience.observe(metrics[on_validation("loss")])
        if self._target and is_reached(self._target, metrics):
            return "target_reached"
        if waited_enough:
            return "early_stopping"
        return "time_limit" if self._time and self._time.is_over() else None

    def with_state(self) -> dict[str, EarlyStopper | TimeLimit | None]:
        """The rules that have state, by their name in a manifest; ``None`` for those that are off."""
        return {"patience": self._patience, "time": self._time}
