"""Temporary folders that outlive nobody: TensorFlow's autograph writes a file into one, and a kill leaves it there.

A folder is locked as long as the process that made it lives. Who makes one first removes those that nobody locks any
more, so a process that was killed with -9 is cleaned up after by the next.
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
# A folder may be swept away in the instant before it is locked. Where nothing can be locked, nothing is swept either.
TRIES = 3


class TemporaryFolder:
    """A folder of one trainer, until :meth:`remove`; give it to the trainer as TMPDIR."""

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        sweep(parent)
        for _ in range(TRIES):
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            self._lock = _locked(self.path)
            if self._lock is not None:
                return

    def remove(self) -> None:
        """Delete it with all that is in it; twice does no harm."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextmanager
def of_this_process() -> Iterator[None]:
    """Have this process and those it starts use a folder of their own."""
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
    """Remove the folders below ``parent`` of processes that are dead."""
    for folder in parent.glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """The descriptor of a lock on the folder, ``None`` when another has it, or when the folder is gone or not ours."""
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
