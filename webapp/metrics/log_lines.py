"""The log as people read it: what the trainer wrote, and a line for every epoch, made from the epoch's event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainer.messages.message import Message
from webapp.metrics.models import RunEvent


@dataclass(frozen=True)
class LogLine:
    """A line in the language of whoever is reading."""

    at: datetime
    level: str
    message: str


def line_of(event: RunEvent) -> LogLine:
    """The line of a "log" or an "epoch" event."""
    if event.kind == "epoch":
        return LogLine(event.at, "info", epoch_line(event.payload))
    return LogLine(event.at, event.payload["level"], str(Message.from_json(event.payload["message"])))


def epoch_line(payload: Mapping[str, Any]) -> str:
    """ "epoch 3/30 · loss 0.41 · val accuracy 0.93 · 0.02 s" """
    metrics = [f"{name.replace('_', ' ')} {_short(value)}" for name, value in payload.get("metrics", {}).items()]
    seconds = payload.get("seconds")
    took = [f"{seconds:.2f} s"] if isinstance(seconds, int | float) else []
    return " · ".join([str(_epoch(payload)), *metrics, *took])


def _epoch(payload: Mapping[str, Any]) -> Message:
    if "epochs" in payload:
        return Message("epoch {epoch}/{epochs}", epoch=payload["epoch"], epochs=payload["epochs"])
    return Message("epoch {epoch}", epoch=payload["epoch"])


def _short(value: Any) -> str:
    """Four digits; "NaN" and the like stay as the events have them."""
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
