"""Temporary folders that are removed even after a kill: TensorFlow's autograph writes a file into one and leaves it.

A folder is locked as long as the process that made it lives. Before a new one is made, those that are no longer locked
are removed, so the next process cleans up after one that was killed with -9.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "trainyard-trainer-"
# A folder may be swept just before it is locked. Where locking is not supported, nothing is swept either.
TRIES = 3


class TemporaryFolder:
    """The folder of one trainer, until :meth:`remove`; pass it to the trainer as TMPDIR."""

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        sweep(parent)
        for _ in range(TRIES):
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            self._lock = _locked(self.path)
            if self._lock is not None:
                return

    def remove(self) -> None:
        """Delete the folder and its content; calling this twice is harmless."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def of_this_process() -> Iterator[None]:
    """Make this process and its children use a temporary folder of their own."""
    folder, before = TemporaryFolder(), {name: os.environ[name] for name in os.environ.keys() & {"TMPDIR"}}
    os.environ["TMPDIR"], tempfile.tempdir = str(folder.path), None
    try:
        yield
    finally:
        del os.environ["TMPDIR"]
        os.environ.update(before)
        tempfile.tempdir = None
        folder.remove()


def sweep(parent: Path) -> None:
    """Remove the folders of dead processes below ``parent``."""
    for folder in parent.glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Lock the folder and return the descriptor; ``None`` when it is locked already, gone, or owned by another user."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists() and os.fstat(descriptor).st_uid == os.getuid():
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
