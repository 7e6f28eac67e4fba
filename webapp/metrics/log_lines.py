"""The log as people read it: what the trainer wrote, and a line for every epoch, made from the epoch's event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.metrics.models import RunEvent


@dataclass(frozen=True)
class LogLine:
    at: datetime
    level: str
    message: str


def line_of(event: RunEvent) -> LogLine:
    """The line of a "log" or an "epoch" event."""
    if event.kind == "epoch":
        return LogLine(event.at, "info", epoch_line(event.payload))
    return LogLine(event.at, event.payload["level"], event.payload["message"])


def epoch_line(payload: Mapping[str, Any]) -> str:
    """ "epoch 3/30 · loss 0.41 · val accuracy 0.93 · 0.02 s" """
    metrics = [f"{name.replace('_', ' ')} {_short(value)}" for name, value in payload.get("metrics", {}).items()]
    seconds = payload.get("seconds")
    took = [f"{seconds:.2f} s"] if isinstance(seconds, int | float) else []
    epochs = f"/{payload['epochs']}" if "epochs" in payload else ""
    return " · ".join([f"epoch {payload['epoch']}{epochs}", *metrics, *took])


def _short(value: Any) -> str:
    """Four digits; "NaN" and the like stay as the events have them."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
