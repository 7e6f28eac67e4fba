"""The best epoch so far, by the metric that the experiment is judged by. Its state is part of the checkpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from trainer.events.events import Metrics
from trainer.spec.metrics import Direction


@dataclass
class BestEpoch:
    """The first of the epochs with the best ``value`` of ``metric``; the web side calls the same one best.

    An epoch counts only if its metric and its training loss are numbers: nobody wants to resume from NaN.
    """

    metric: str
    direction: Direction
    value: float | None = None

    def observe(self, metrics: Metrics) -> bool:
        """Take note of an epoch; returns whether it is better than all before."""
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
        """Take over what was best before, unless another metric was asked for then."""
        if (state.get("metric"), state.get("direction")) == (self.metric, self.direction):
            self.value = state.get("value")
