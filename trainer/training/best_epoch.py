"""The best epoch so far, by the metric of the experiment. Its state is part of the checkpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from trainer.events.events import Metrics
from trainer.spec.metrics import Direction


@dataclass
class BestEpoch:
    """The earliest epoch with the best ``value`` of ``metric``; the web side chooses the same one.

    An epoch counts only if its metric and its training loss are finite: resuming from NaN would be useless.
    """

    metric: str
    direction: Direction
    value: float | None = None

    def observe(self, metrics: Metrics) -> bool:
        """Record an epoch; returns whether it is better than all previous ones."""
        value = metrics.get(self.metric, math.nan)
        if not (math.isfinite(value) and math.isfinite(metrics["loss"])):
            return False
        improved = self.value is None or (value > self.value if self.direction == "max" else value < self.value)
        if improved:
            self.value = value
        return improved

    def to_json(self) -> dict[str, Any]:
        return {"metric": self.metric, "direction": self.direction, "value": self.value}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore the best value from a checkpoint, unless it is of another metric."""
        if (state.get("metric"), state.get("direction")) == (self.metric, self.direction):
            self.value = state.get("value")
