"""Where a trainer's events go: an append-only file first, then one bell byte for whoever listens."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from trainer.crash_points import VARIABLE, crash_point
from trainer.events import Event

DURABLE_KINDS = {"checkpoint", "finished", "failed", "result"}


def crash_halfway(file: int, line: str) -> None:
    """Leave half a line behind when the tests ask for it."""
    if os.environ.get(VARIABLE) == "event-half-written" and '"kind":"epoch"' in line:
        os.write(file, line[: len(line) // 2].encode())
        crash_point("event-half-written")


class EventSink:
    """Appends events to ``folder/events.jsonl``, one JSON object a line, numbered from 1.

    A line that a kill left half written is cut off, and numbering goes on after the last whole line. Writing
    is safe from several threads. ``bell`` is called after every line and must not raise.
    """

    def __init__(self, folder: Path, bell: Callable[[Event], None] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "events.jsonl"
        self._bell = bell
        self._lock = threading.Lock()
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._line = self._drop_torn_line()

    def _drop_torn_line(self) -> int:
        """Cut the file after its last newline; returns the number of whole lines."""
        content = self.path.read_bytes()
        os.ftruncate(self._file, content.rfind(b"\n") + 1)
        return content.count(b"\n")

    def emit(self, event: Event) -> None:
        """Append one event; checkpoints and ends are on disk when this returns."""
        with self._lock:
            self._line += 1
            line = event.model_copy(update={"line": self._line}).model_dump_json() + "\n"
            crash_halfway(self._file, line)
            os.write(self._file, line.encode())
            if getattr(event, "kind", "") in DURABLE_KINDS:
                os.fsync(self._file)
        if self._bell is not None:
            self._bell(event)

    def close(self) -> None:
        os.close(self._file)
