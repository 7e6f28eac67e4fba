"""Checkpoints are written beside the training: it only waits for the copy to host memory."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trainer import checkpoints
from trainer.checkpoints import Manifest
from trainer.crash_points import crash_point
from trainer.events import CheckpointSaved, Logged
from trainer.sink import EventSink
from trainer.state import Snapshot, SnapshotFiles, TrainingState

ROOM_FOR = 2  # a save needs its own size, and the next one too
LAST_SECONDS, RETRY_SECONDS = 10.0, 0.5  # how long the last checkpoint of all is tried again
FREE_SECONDS, FREE_SHARE = 2.0, 0.01  # how long the training may wait for the disk


class CheckpointWriter:
    """Writes one checkpoint at a time in a thread of its own.

    While one is written, one more waits. A third makes the training wait, but in all for no more than two seconds
    and one per cent of its time; beyond that it takes the place of the one that waits, so that checkpoints that
    come too fast are coalesced instead of holding the training up. A checkpoint that cannot be written is told as
    a warning, and the training goes on with the previous one.
    """

    def __init__(self, state: TrainingState, folder: Path, sink: EventSink, after: Callable[[], None]) -> None:
        self._files: SnapshotFiles | None = None
        self._began, self._blocked = time.monotonic(), 0.0
        self._state, self._folder, self._sink, self._after = state, folder, sink, after
        self._condition = threading.Condition()
        self._waiting: tuple[Snapshot, Manifest] | None = None
        self._refused: tuple[Snapshot, Manifest] | None = None
        self._busy = False
        self.failure: BaseException | None = None
        threading.Thread(target=self._run, name="checkpoint-writer", daemon=True).start()

    def submit(self, manifest: Manifest) -> None:
        """Copy the state of this moment and have it written; returns as soon as the copy is made."""
        snapshot = self._state.copy()
        with self._condition:
            self._wait_for_room()
            self._waiting = (snapshot, manifest)
            self._condition.notify_all()

    def _wait_for_room(self) -> None:
        began = time.monotonic()
        allowed = FREE_SECONDS + FREE_SHARE * (began - self._began) - self._blocked
        self._condition.wait_for(lambda: self._waiting is None, timeout=max(0.0, allowed))
        self._blocked += time.monotonic() - began

    def settle(self) -> None:
        """Wait until nothing is being written."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting is None and not self._busy)

    def finish(self) -> None:
        """Wait until everything is written; raises what stopped the newest from being written.

        A disk that refused it is asked again for some seconds: somebody may be making room.
        """
        self.settle()
        deadline = time.monotonic() + LAST_SECONDS
        while isinstance(self.failure, OSError) and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
            with self._condition:
                self._waiting = self._refused
                self._condition.notify_all()
            self.settle()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting is not None)
                assert self._waiting is not None
                (snapshot, manifest), self._waiting, self._busy = self._waiting, None, True
            try:
                self._write(snapshot, manifest)
                self.failure, self._refused = None, None
            except Exception as error:  # noqa: BLE001 - told as a warning; training goes on
                self._be_refused(snapshot, manifest, error)
            with self._condition:
                self._busy = False
                self._condition.notify_all()

    def _be_refused(self, snapshot: Snapshot, manifest: Manifest, error: Exception) -> None:
        is_news = self._refused is None or self._refused[1] is not manifest
        self.failure, self._refused = error, (snapshot, manifest)
        if is_news:
            self._sink.emit(Logged(level="warning", message=_sentence(manifest, error)))

    def _write(self, snapshot: Snapshot, manifest: Manifest) -> None:
        self._refuse_full_disk(snapshot)
        files = self._files = self._files or SnapshotFiles(self._state.inference)
        manifest = replace(manifest, digest=snapshot.digest)
        folder, manifest = checkpoints.write(self._folder, manifest, lambda draft: files.write(snapshot, draft))
        crash_point("checkpoint-named")
        self._sink.emit(
            CheckpointSaved(
                name=folder.name,
                path=f"checkpoints/{folder.name}",
                epoch=manifest.epoch,
                step=manifest.step,
                metrics={name: float(value) for name, value in manifest.metrics.items()},
                size_bytes=manifest.size_bytes,
                digest=manifest.digest,
            )
        )
        crash_point("checkpoint-told")
        self._tidy()

    def _tidy(self) -> None:
        """What follows a checkpoint is not the checkpoint: it is whole even if this fails."""
        try:
            self._after()
        except OSError as error:
            message = f"Older checkpoints could not be removed ({error.strerror}); the next one tries again."
            self._sink.emit(Logged(level="warning", message=message))

    def _refuse_full_disk(self, snapshot: Snapshot) -> None:
        checkpoints.make_folder(self._folder)
        free, needed = shutil.disk_usage(self._folder).free, ROOM_FOR * snapshot.num_bytes
        if free < needed:
            raise OSError(28, f"the disk has {free / 1e6:.0f} MB free and {needed / 1e6:.0f} MB are needed")


def _sentence(manifest: Manifest, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{manifest.moment.name} could not be written: {reason}. The one before it is kept; training goes on."
