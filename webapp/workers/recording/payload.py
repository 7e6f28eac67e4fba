"""An event as plain JSON that both databases accept."""

from __future__ import annotations

import json
from typing import Any

from trainer.events.events import AnyEvent, StepLosses

# Log lines of a runaway program must not fill the database.
LONGEST_TEXT = 20_000


def payload_of(event: AnyEvent) -> dict[str, Any]:
    """The event as JSON values; numbers that are not finite are the strings "NaN", "Infinity" and "-Infinity"."""
    if isinstance(event, StepLosses):  # its long text holds numbers, none of which may be cut off
        return event.model_dump(mode="json")
    payload: dict[str, Any] = clean(json.loads(event.model_dump_json()))
    return payload


def clean(value: Any) -> Any:
    """Replace what PostgreSQL's jsonb rejects (the character NUL) and shorten texts that are far too long."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(key): clean(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [clean(entry) for entry in value]
    return value


def clean_text(text: str) -> str:
    shown = text.replace("\x00", "\N{SYMBOL FOR NULL}")
    if len(shown) <= LONGEST_TEXT:
        return shown
    return f"{shown[:LONGEST_TEXT]} … ({len(shown) - LONGEST_TEXT} more characters)"
