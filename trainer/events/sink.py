"""Where a trainer's events go: first to an append-only file, then a bell notifies the worker."""

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
from trainer.messages.message import Message

FILE = "events.jsonl"
READ_BYTES = 1 << 20
DURABLE_KINDS = {"checkpoint", "finished", "failed", "result"}
LAST_KINDS = DURABLE_KINDS - {"checkpoint"}
# Kinds that describe the current moment: of several that wait for a full disk, the newest is enough.
MOMENTARY_KINDS = {"progress", "system", "worked"}
# How long the very last event waits for a disk that cannot be written.
LAST_EVENT_SECONDS = 10.0
RETRY_SECONDS = 0.5
# At most so many events wait in memory; beyond that the training ends, and reports why.
MOST_WAITING = 20_000


class DiskRefused(OSError):
    """The end of the work cannot be written; callers must report it in another way, such as an exit code."""


def crash_halfway(file: int, line: str) -> None:
    """Leave half a line behind when a test requests it."""
    if os.environ.get(VARIABLE) == "event-half-written" and '"kind":"epoch"' in line:
        os.write(file, line[: len(line) // 2].encode())
        fault_point("event-half-written")


class EventSink:
    """Appends events to ``folder/events.jsonl``, one JSON object per line, numbered from 1.

    A line that a kill left half written is cut off, and numbering continues after the last whole line. Emitting
    is thread-safe. ``bell`` is called after every line and must not raise.

    A full or broken disk does not hold training up: events wait in memory, in order, and are written once the disk
    accepts writes again, after a warning that says so.
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
        """Truncate the file after its last newline; returns the number of whole lines and of bytes."""
        content = self.path.read_bytes()
        size = content.rfind(b"\n") + 1
        if size < len(content):
            os.ftruncate(self._file, size)
        return content.count(b"\n"), size

    @property
    def last_line(self) -> int:
        """The number of the last event so far, written or waiting."""
        with self._lock:
            return self._line + len(self._waiting)

    def emit(self, event: Event) -> None:
        """Append one event; checkpoints and the last event are on disk when this returns.

        Raises :class:`DiskRefused` when the last event cannot be written, or too many wait; other events are kept in
        memory until the disk can be written again.
        """
        kind = _kind(event)
        with self._lock:
            if self._waiting and kind in MOMENTARY_KINDS:
                self._waiting = [other for other in self._waiting if _kind(other) != kind]
            self._waiting.append(event)
            self._write_waiting(LAST_EVENT_SECONDS if kind in LAST_KINDS else 0.0)
            if self._refusal and (kind in LAST_KINDS or len(self._waiting) > MOST_WAITING):
                raise DiskRefused(*self._refusal.args) from self._refusal
            is_written = not self._refusal
        if kind in DURABLE_KINDS and is_written:
            self._flush()
        if self._bell is not None:
            self._bell(event)

    def _write_waiting(self, timeout: float) -> None:
        """Write the waiting events, as far as the disk accepts them within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
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
            self._note_refusal(error)
        return not self._waiting

    def _append(self, event: Event) -> None:
        """Write a whole line, after cutting off what a failed write left of one."""
        if self._is_torn:
            os.ftruncate(self._file, self._size)
        self._is_torn = True
        line = event.model_copy(update={"line": self._line + 1}).model_dump_json() + "\n"
        crash_halfway(self._file, line)
        _write(self._file, line.encode())
        self._line, self._size, self._is_torn = self._line + 1, self._size + len(line.encode()), False

    def _note_refusal(self, error: OSError) -> None:
        if self._refusal is None:
            told = Message("events cannot be written ({error}); they are kept in memory.", error=error.strerror or "")
            with suppress(OSError):  # the log may be on the same disk
                sys.stderr.write(f"trainer: {told}\n")
        self._refusal = error

    def _sentence(self) -> Message:
        reason = self._refusal.strerror if self._refusal else ""
        return Message(
            "Events could not be written for a while ({reason}). The {count} kept in memory follows.",
            plural="Events could not be written for a while ({reason}). The {count} kept in memory follow.",
            reason=reason or "",
            count=len(self._waiting),
        )

    def _flush(self) -> None:
        """Flush the whole file to the disk; other events need not wait for this.

        After an fsync that failed, the next one may succeed although data is lost. So a file is never flushed again
        after a failure: its content is written to a new file.
        """
        with self._flushing:
            if not self._is_durable:
                return
            try:
                os.fsync(self._file)
            except OSError:
                with self._lock:
                    self._replace_file()

    def _replace_file(self) -> None:
        try:
            self._file, stale = self._copied(), self._file
            os.close(stale)
        except OSError as error:
            self._is_durable = False
            message = Message(
                "Events of this training may be lost in a power failure: the disk reports “{error}”.",
                error=error.strerror or "",
            )
            self._waiting.append(Logged(level="warning", message=message))
            self._write_waiting(0.0)

    def _copied(self) -> int:
        """Replace the file with a copy that is flushed to the disk; returns its descriptor."""
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
    """The number of whole lines in the event file of ``folder``; ``None`` when there is no file."""
    try:
        with (folder / FILE).open("rb") as file:
            return sum(block.count(b"\n") for block in iter(partial(file.read, READ_BYTES), b""))
    except FileNotFoundError:
        return None


def _kind(event: Event) -> str:
    kind: str = getattr(event, "kind", "")
    return kind


def _write(file: int, content: bytes) -> None:
    """Write all of it: one call may write less than it was given."""
    while content:
        content = content[os.write(file, content) :]
