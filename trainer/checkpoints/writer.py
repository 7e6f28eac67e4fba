"""Writing checkpoints in the background: training waits only for the copy to host memory."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.checkpoints.state import Snapshot, SnapshotFiles, TrainingState
from trainer.events.events import Logged
from trainer.events.fault_points import fault_point
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.system.durable_files import make_folder

SPACE_FACTOR = 2  # a save needs its own size, and so does the next one
LAST_SECONDS, RETRY_SECONDS = 10.0, 0.5  # how long writing the very last checkpoint is retried
FREE_SECONDS, FREE_SHARE = 2.0, 0.01  # how long training may wait for the disk
# A best epoch is written at once unless writing takes more than this share of the time, but at least every 30 seconds.
BEST_SHARE, BEST_SECONDS, BEST_AFTER = 0.01, 30.0, 4.0


@dataclass(eq=False)
class Pending:
    """A moment to be written. ``is_refused`` once it has been reported that it could not be."""

    snapshot: Snapshot
    manifest: Manifest
    is_best: bool
    is_refused: bool = False


class CheckpointWriter:
    """Writes one checkpoint at a time in a thread of its own.

    While one is written, one more is queued. A third makes training wait, but in total for no more than two seconds
    plus one per cent of its time; beyond that it replaces the queued one, so that checkpoints that come too fast are
    coalesced instead of holding training up. A checkpoint that cannot be written is reported as a warning, and training
    continues with the previous one.

    The best epoch has a slot of its own, which only a better one replaces. It is written when there is time for it
    (``BEST_SHARE``), before any checkpoint of a later moment, and at the end: training that is resumed from any
    checkpoint either has its best epoch on disk or trains that epoch again.
    """

    def __init__(self, state: TrainingState, folder: Path, sink: EventSink, after: Callable[[], None]) -> None:
        self._files: SnapshotFiles | None = None
        self._began, self._blocked = time.monotonic(), 0.0
        self._state, self._folder, self._sink, self._after = state, folder, sink, after
        self._condition = threading.Condition()
        self._waiting: Pending | None = None
        self._best: Pending | None = None
        self._best_due = self._began + BEST_AFTER
        self._refused: dict[bool, Pending] = {}  # by is_best: the newest of each that could not be written
        self._is_busy, self._is_settling = False, False
        self.failure: BaseException | None = None
        threading.Thread(target=self._run, name="checkpoint-writer", daemon=True).start()

    def submit(self, manifest: Manifest, *, is_due: bool = True, is_best: bool = False) -> None:
        """Copy the current state and queue it for writing; returns as soon as the copy is made.

        One that is not due but the best so far is written when there is time, unless a better one comes first.
        """
        pending = Pending(self._state.copy(), manifest, is_best)
        with self._condition:
            if is_due:
                self._wait_for_queue()
                self._waiting = pending
            if is_best:
                self._best = pending
            self._condition.notify_all()

    def _wait_for_queue(self) -> None:
        began = time.monotonic()
        allowed = FREE_SECONDS + FREE_SHARE * (began - self._began) - self._blocked
        self._condition.wait_for(lambda: self._waiting is None, timeout=max(0.0, allowed))
        self._blocked += time.monotonic() - began

    def settle(self) -> None:
        """Write everything that is queued, and wait until it is written."""
        with self._condition:
            self._is_settling = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._waiting is None and self._best is None and not self._is_busy)
            self._is_settling = False

    def finish(self) -> None:
        """Wait until everything is written; raises the error that kept the newest or the best from being written.

        After a disk error, writing is retried for some seconds, because space may be freed meanwhile.
        """
        self.settle()
        deadline = time.monotonic() + LAST_SECONDS
        while isinstance(self.failure, OSError) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
            with self._condition:
                self._best, self._waiting = self._refused.get(True), self._refused.get(False)
            self.settle()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        while True:
            with self._condition:
                while (pending := self._next()) is None:
                    self._condition.wait(max(0.0, self._best_due - time.monotonic()) if self._best else None)
                self._is_busy = True
            began = time.monotonic()
            try:
                self._write(pending.snapshot, pending.manifest)
                self._note_written(pending)
            except Exception as error:  # noqa: BLE001 - reported as a warning; training continues
                self._note_refused(pending, error)
            with self._condition:
                now = time.monotonic()
                self._best_due = now + min((now - began) / BEST_SHARE, BEST_SECONDS)
                self._is_busy = False
                self._condition.notify_all()

    def _next(self) -> Pending | None:
        """Take the next one to write, if any: the earlier moment first, the best one alone only when it is due."""
        best, waiting = self._best, self._waiting
        if best and (best is waiting or (waiting and _is_before(best, waiting)) or self._is_time_for_best(waiting)):
            self._best, self._waiting = None, None if waiting is best else waiting
            return best
        self._waiting = None
        return waiting

    def _is_time_for_best(self, waiting: Pending | None) -> bool:
        return waiting is None and (self._is_settling or time.monotonic() >= self._best_due)

    def _note_written(self, pending: Pending) -> None:
        """A best one makes up for a failed earlier best one; any makes up for a failed due one that is not later."""
        if pending.is_best:
            self._refused.pop(True, None)
        due = self._refused.get(False)
        if due and not _is_before(pending, due):
            del self._refused[False]
        if not self._refused:
            self.failure = None

    def _note_refused(self, pending: Pending, error: Exception) -> None:
        """Keep it for a retry: the best one as soon as there is time, others at the end."""
        self.failure, self._refused[pending.is_best] = error, pending
        with self._condition:
            if pending.is_best and self._best is None and not self._is_settling:
                self._best = pending
        if not pending.is_refused:
            pending.is_refused = True
            self._sink.emit(Logged(level="warning", message=_sentence(pending.manifest, error)))

    def _write(self, snapshot: Snapshot, manifest: Manifest) -> None:
        self._refuse_full_disk(snapshot)
        files = self._files = self._files or SnapshotFiles(self._state.inference)
        manifest = replace(manifest, digest=snapshot.digest)
        folder, manifest = checkpoint_files.write(self._folder, manifest, lambda draft: files.write(snapshot, draft))
        fault_point("checkpoint-named")
        self._sink.emit(checkpoint_files.saved_event(folder, manifest, manifest.sha256))
        fault_point("checkpoint-reported")
        self._tidy()

    def _tidy(self) -> None:
        """Call ``after``. The checkpoint is already complete, so a disk error here is only a warning."""
        try:
            self._after()
        except OSError as error:
            message = Message(
                "Older checkpoints could not be removed ({reason}); this is retried after the next one.",
                reason=_reason(error),
            )
            self._sink.emit(Logged(level="warning", message=message))

    def _refuse_full_disk(self, snapshot: Snapshot) -> None:
        make_folder(self._folder)
        free, needed = shutil.disk_usage(self._folder).free, SPACE_FACTOR * snapshot.num_bytes
        if free < needed:
            raise OSError(
                28,
                Message(
                    "the disk has {free:.0f} MB free and {needed:.0f} MB are needed",
                    free=free / 1e6,
                    needed=needed / 1e6,
                ),
            )


def _is_before(one: Pending, other: Pending) -> bool:
    """Whether ``one`` is of an earlier moment than ``other``."""
    moments = [(each.manifest.epoch, each.manifest.step) for each in (one, other)]
    return moments[0] < moments[1]


def _sentence(manifest: Manifest, error: Exception) -> Message:
    return Message(
        "{checkpoint} could not be written: {reason}. The previous one is kept; training continues.",
        checkpoint=manifest.moment.name,
        reason=_reason(error),
    )


def _reason(error: Exception) -> Message | str:
    """The message that the error was raised with, or else its text."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    given = next(iter(error.args), None)
    return given if isinstance(given, Message) else str(error)
