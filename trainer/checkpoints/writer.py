"""Checkpoints are written beside the training: it only waits for the copy to host memory."""

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
from trainer.events.events import CheckpointSaved, Logged
from trainer.events.fault_points import fault_point
from trainer.events.sink import EventSink

ROOM_FOR = 2  # a save needs its own size, and the next one too
LAST_SECONDS, RETRY_SECONDS = 10.0, 0.5  # how long the last checkpoint of all is tried again
FREE_SECONDS, FREE_SHARE = 2.0, 0.01  # how long the training may wait for the disk
# A best epoch is written at once unless writing took more than this share of the time, but at least every 30 seconds.
BEST_SHARE, BEST_SECONDS, BEST_AFTER = 0.01, 30.0, 4.0


@dataclass(eq=False)
class Pending:
    """A moment that is to be written. ``is_refused`` once people know that the disk did not take it."""

    snapshot: Snapshot
    manifest: Manifest
    is_best: bool
    is_refused: bool = False


class CheckpointWriter:
    """Writes one checkpoint at a time in a thread of its own.

    While one is written, one more waits. A third makes the training wait, but in all for no more than two seconds
    and one per cent of its time; beyond that it takes the place of the one that waits, so that checkpoints that
    come too fast are coalesced instead of holding the training up. A checkpoint that cannot be written is told as
    a warning, and the training goes on with the previous one.

    The best epoch has a place of its own, which only a better one takes. It is written when there is time for it
    (``BEST_SHARE``), before any checkpoint of a later moment, and at the end: a training that is resumed from any
    checkpoint has had its best epoch written, or trains that epoch again.
    """

    def __init__(self, state: TrainingState, folder: Path, sink: EventSink, after: Callable[[], None]) -> None:
        self._files: SnapshotFiles | None = None
        self._began, self._blocked = time.monotonic(), 0.0
        self._state, self._folder, self._sink, self._after = state, folder, sink, after
        self._condition = threading.Condition()
        self._waiting: Pending | None = None
        self._best: Pending | None = None
        self._best_due = self._began + BEST_AFTER
        self._refused: dict[bool, Pending] = {}  # by is_best: the newest of each that the disk did not take
        self._is_busy, self._is_settling = False, False
        self.failure: BaseException | None = None
        threading.Thread(target=self._run, name="checkpoint-writer", daemon=True).start()

    def submit(self, manifest: Manifest, *, is_due: bool = True, is_best: bool = False) -> None:
        """Copy the state of this moment and have it written; returns as soon as the copy is made.

        One that is not due, only the best so far, is written when there is time, unless a better one comes first.
        """
        pending = Pending(self._state.copy(), manifest, is_best)
        with self._condition:
            if is_due:
                self._wait_for_room()
                self._waiting = pending
            if is_best:
                self._best = pending
            self._condition.notify_all()

    def _wait_for_room(self) -> None:
        began = time.monotonic()
        allowed = FREE_SECONDS + FREE_SHARE * (began - self._began) - self._blocked
        self._condition.wait_for(lambda: self._waiting is None, timeout=max(0.0, allowed))
        self._blocked += time.monotonic() - began

    def settle(self) -> None:
        """Have everything written that waits, and wait until nothing is being written."""
        with self._condition:
            self._is_settling = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._waiting is None and self._best is None and not self._is_busy)
            self._is_settling = False

    def finish(self) -> None:
        """Wait until everything is written; raises what stopped the newest or the best from being written.

        A disk that refused it is asked again for some seconds: somebody may be making room.
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
                self._be_written(pending)
            except Exception as error:  # noqa: BLE001 - told as a warning; training goes on
                self._be_refused(pending, error)
            with self._condition:
                now = time.monotonic()
                self._best_due = now + min((now - began) / BEST_SHARE, BEST_SECONDS)
                self._is_busy = False
                self._condition.notify_all()

    def _next(self) -> Pending | None:
        """Take what is to be written now, if anything: what came first, the best one only when it is time for it."""
        best, waiting = self._best, self._waiting
        if best and (best is waiting or (waiting and _is_before(best, waiting)) or self._is_time_for_best(waiting)):
            self._best, self._waiting = None, None if waiting is best else waiting
            return best
        self._waiting = None
        return waiting

    def _is_time_for_best(self, waiting: Pending | None) -> bool:
        return waiting is None and (self._is_settling or time.monotonic() >= self._best_due)

    def _be_written(self, pending: Pending) -> None:
        """A best one makes up for an earlier best one; any makes up for what was due and is not of a later moment."""
        if pending.is_best:
            self._refused.pop(True, None)
        due = self._refused.get(False)
        if due and not _is_before(pending, due):
            del self._refused[False]
        if not self._refused:
            self.failure = None

    def _be_refused(self, pending: Pending, error: Exception) -> None:
        """Keep it for another try; the best one is tried again as soon as there is time, the others at the end."""
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
        self._sink.emit(
            CheckpointSaved(
                name=folder.name,
                path=f"checkpoints/{folder.name}",
                epoch=manifest.epoch,
                step=manifest.step,
                metrics={name: float(value) for name, value in manifest.metrics.items()},
                size_bytes=manifest.size_bytes,
                digest=manifest.digest,
                manifest_sha256=manifest.sha256,
            )
        )
        fault_point("checkpoint-reported")
        self._tidy()

    def _tidy(self) -> None:
        """What follows a checkpoint is not the checkpoint: it is whole even if this fails."""
        try:
            self._after()
        except OSError as error:
            message = f"Older checkpoints could not be removed ({error.strerror}); the next one tries again."
            self._sink.emit(Logged(level="warning", message=message))

    def _refuse_full_disk(self, snapshot: Snapshot) -> None:
        checkpoint_files.make_folder(self._folder)
        free, needed = shutil.disk_usage(self._folder).free, ROOM_FOR * snapshot.num_bytes
        if free < needed:
            raise OSError(28, f"the disk has {free / 1e6:.0f} MB free and {needed / 1e6:.0f} MB are needed")


def _is_before(one: Pending, other: Pending) -> bool:
    """Whether it is of an earlier moment of the training."""
    moments = [(each.manifest.epoch, each.manifest.step) for each in (one, other)]
    return moments[0] < moments[1]


def _sentence(manifest: Manifest, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{manifest.moment.name} could not be written: {reason}. The one before it is kept; training goes on."
