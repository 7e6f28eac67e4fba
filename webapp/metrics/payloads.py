"""The payload of an event as a reader gets it: its messages in the reader's language."""

from __future__ import annotations

from typing import Any

from trainer.messages.message import Message

# The fields of events (``trainer.events.events``) that hold messages.
MESSAGES = ("message", "error", "advice")


def readable(payload: dict[str, Any]) -> dict[str, Any]:
    return payload | {name: str(Message.from_json(payload[name])) for name in MESSAGES if name in payload}
