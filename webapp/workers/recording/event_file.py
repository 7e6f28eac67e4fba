"""Reading ``events.jsonl`` while the trainer writes it."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from trainer.events.events import AnyEvent, Logged, parse_line
from trainer.messages.message import Message

logger = logging.getLogger(__name__)
MOST_AT_ONCE = 500


class EventFile:
    """Returns every complete line once, in order, as an event."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0
        self._line = 0

    def read(self) -> list[AnyEvent]:
        """The next events, at most :data:`MOST_AT_ONCE`; a half-written line is left for the next call."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return []
        with file:
            file.seek(self._position)
            events: list[AnyEvent] = []
            while len(events) < MOST_AT_ONCE and (line := file.readline()).endswith(b"\n"):
                self._position += len(line)
                self._line += 1
                events.append(self._parse(line))
        return events

    def _parse(self, line: bytes) -> AnyEvent:
        """An unreadable line is replaced by a warning, so that line numbers have no gap."""
        try:
            event = parse_line(line)
        except ValidationError as error:
            logger.error("%s line %d is not an event: %s", self.path, self._line, error)
            text = line[:200].decode(errors="replace")
            message = Message("Line {line} of events.jsonl is not an event: {text}", line=self._line, text=text)
            return Logged(line=self._line, level="warning", message=message)
        return event if event.line == self._line else event.model_copy(update={"line": self._line})
