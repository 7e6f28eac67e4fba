"""Whether this worker was asked to shut down, shared by the main process and its pool children without a database.

Celery notifies only the main process (``worker_shutting_down``). One byte of memory, shared before the fork,
notifies the children, which then let their trainers save a checkpoint and requeue their jobs.
"""

from __future__ import annotations

import mmap
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_shared = mmap.mmap(-1, 1)


def request() -> None:
    """Record that the worker was asked to shut down; safe in a signal handler."""
    _shared[0] = 1


def is_requested() -> bool:
    return _shared[0] == 1


@contextmanager
def on_sigterm() -> Iterator[None]:
    """While a job is running, treat SIGTERM as a shutdown request; a second one ends the process at once.

    Supervisors such as systemd send the signal to every process of a worker, not only to the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)

    def leave(number: int, frame: FrameType | None) -> None:
        request()
        signal.signal(signal.SIGTERM, before)

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
