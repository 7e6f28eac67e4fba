"""Where a trainer's events go: an append-only file first, then one bell byte for whoever listens."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

from trainer.events.events import Event, Logged
from trainer.events.fault_points import VARIABLE, fault_point

FILE = "events.jsonl"
READ_BYTES = 1 << 20
DURABLE_KINDS = {"checkpoint", "finished", "failed", "result"}
LAST_KINDS = DURABLE_KINDS - {"checkpoint"}
# What only says how things are now: of several that wait for a full disk, the newest will do.
MOMENTARY_KINDS = {"progress", "system", "worked"}
# How long the last event of all waits for a disk that takes nothing.
LAST_WORD_SECONDS = 10.0
RETRY_SECONDS = 0.5
# More than these are no longer kept in memory: the training ends, and says why.
MOST_WAITING = 20_000


class DiskRefused(OSError):
    """The disk does not take what has to be told; whoever waits for it has to be told in another way."""


def crash_halfway(file: int, line: str) -> None:
    """Leave half a line behind when the tests ask for it."""
    if os.environ.get(VARIABLE) == "event-half-written" and '"kind":"epoch"' in line:
        os.write(file, line[: len(line) // 2].encode())
        fault_point("event-half-written")


class EventSink:
    """Appends events to ``folder/events.jsonl``, one JSON object a line, numbered from 1.

    A line that a kill left half written is cut off, and numbering goes on after the last whole line. Writing
    is safe from several threads. ``bell`` is called after every line and must not raise.

    A disk that is full or broken holds no training up: events wait in memory, in order, and go into the file with
    the first one that it takes again, after a warning that says so.
    """

    def __init__(self, folder: Path, bell: Callable[[Event], None] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / FILE
        self._bell = bell
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._waiting: list[Event] = []
        self._refusal: OSError | None = None
        self._is_torn, self._is_durable = False, True
        self._file = self._open(self.path)
        self._line, self._size = self._drop_torn_line()

    @staticmethod
    def _open(path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)

    def _drop_torn_line(self) -> tuple[int, int]:
        """Cut the file after its last newline; returns the number of whole lines, and of bytes."""
        content = self.path.read_bytes()
        size = content.rfind(b"\n") + 1
        if size < len(content):
            os.ftruncate(self._file, size)
        return content.count(b"\n"), size

    @property
    def last_line(self) -> int:
        """The number of the last event told so far, written or waiting."""
        with self._lock:
            return self._line + len(self._waiting)

    def emit(self, event: Event) -> None:
        """Append one event; checkpoints and ends are on disk when this returns.

        Raises :class:`DiskRefused` when the disk does not take the last event of all. Others wait for it.
        """
        kind = _kind(event)
        with self._lock:
            if self._waiting and kind in MOMENTARY_KINDS:
                self._waiting = [other for other in self._waiting if _kind(other) != kind]
            self._waiting.append(event)
            self._write_waiting(LAST_WORD_SECONDS if kind in LAST_KINDS else 0.0)
            if self._refusal and (kind in LAST_KINDS or len(self._waiting) > MOST_WAITING):
                raise DiskRefused(*self._refusal.args) from self._refusal
            is_written = not self._refusal
        if kind in DURABLE_KINDS and is_written:
            self._flush()
        if self._bell is not None:
            self._bell(event)

    def _write_waiting(self, patience: float) -> None:
        """Write what waits, as far as the disk takes it within ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while not self._try_to_write() and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)

    def _try_to_write(self) -> bool:
        try:
            if self._refusal is not None:
                self._append(Logged(level="warning", message=self._sentence()))
                self._refusal = None
            while self._waiting:
                self._append(self._waiting[0])
                del self._waiting[0]
        except OSError as error:
            self._be_refused(error)
        return not self._waiting

    def _append(self, event: Event) -> None:
        """Write a whole line; what is there of one that was refused half-way is cut off first."""
        if self._is_torn:
            os.ftruncate(self._file, self._size)
        self._is_torn = True
        line = event.model_copy(update={"line": self._line + 1}).model_dump_json() + "\n"
        crash_halfway(self._file, line)
        _write(self._file, line.encode())
        self._line, self._size, self._is_torn = self._line + 1, self._size + len(line.encode()), False

    def _be_refused(self, error: OSError) -> None:
        if self._refusal is None:
            with suppress(OSError):  # the log may lie on the same disk
                sys.stderr.write(f"trainer: the disk takes no events ({error.strerror}); they wait in memory.\n")
        self._refusal = error

    def _sentence(self) -> str:
        reason = self._refusal.strerror if self._refusal else ""
        return f"The disk took no events for a while ({reason}). The {len(self._waiting)} that waited follow."

    def _flush(self) -> None:
        """Have all of the file on the disk. Other events need not wait for it.

        What one fsync could not store, the next one may call stored although it is lost. So a file that was refused
        is never asked again: its content goes into a new one.
        """
        with self._flushing:
            if not self._is_durable:
                return
            try:
                os.fsync(self._file)
            except OSError:
                with self._lock:
                    self._begin_anew()

    def _begin_anew(self) -> None:
        try:
            self._file, stale = self._copied(), self._file
            os.close(stale)
        except OSError as error:
            self._is_durable = False
            message = f"The events of this training may not outlast a loss of power: the disk says “{error.strerror}”."
            self._waiting.append(Logged(level="warning", message=message))
            self._write_waiting(0.0)

    def _copied(self) -> int:
        """Put a copy that is on the disk in the place of the file; returns its descriptor."""
        draft = self.path.with_name(f".events-{uuid4().hex[:8]}")
        fresh = self._open(draft)
        try:
            _write(fresh, self.path.read_bytes())
            os.fsync(fresh)
            os.rename(draft, self.path)
        except OSError:
            os.close(fresh)
            with suppress(OSError):
                draft.unlink()
            raise
        return fresh

    def close(self) -> None:
        os.close(self._file)


def num_events(folder: Path) -> int | None:
    """How many whole lines the event file in ``folder`` has; ``None`` without one."""
    try:
        with (folder / FILE).open("rb") as file:
            return sum(block.count(b"\n") for block in iter(partial(file.read, READ_BYTES), b""))
    except FileNotFoundError:
        return None


def _kind(event: Event) -> str:
    kind: str = getattr(event, "kind", "")
    return kind


def _write(file: int, content: bytes) -> None:
    """All of it: the system may take less than it was given."""
    while content:
        content = content[os.write(file, content) :]
