"""The heartbeat: one thread of a pool child that updates its Worker row and renews the lease of its job.

It is a separate thread so that a slow transaction or a large file does not look like a dead worker.
"""

from __future__ import annotations

import logging
import os
import platform
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from webapp.jobs import lifecycle
from webapp.jobs.models import Job, Worker
from webapp.workers import devices, shutdown
from webapp.workers.retry import UNAVAILABLE, first_line

logger = logging.getLogger(__name__)
STOP_POLL_SECONDS = 1.0


@dataclass
class Lease:
    """The lease of the job that this worker holds, as the heartbeat last saw it."""

    job: Job
    is_lost: bool = False
    is_stop_requested: bool = False
    renewed_at: float = 0.0


class Heartbeat(threading.Thread):
    """Beats until the process ends."""

    def __init__(self, pool_index: int, queues: list[str]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.pool_index, self.queues = pool_index, queues
        self.host = socket.gethostname()
        self.id = f"{self.host}:{os.getppid()}-{pool_index}"
        self._lease: Lease | None = None
        self._wake = threading.Event()
        self._ending = False
        # Readable when a lease has changed. Never closed, so that its number cannot be reused for another file.
        self.news, self._ring = os.pipe()

    def register(self) -> Worker:
        """Update this worker's row and return it. Database errors are raised."""
        now = {
            "last_seen_at": Now(),
            "leaving": shutdown.is_requested(),
            "devices": devices.describe_devices(self.pool_index),
            "free_disk_bytes": devices.free_disk_bytes(),
        }
        fixed = {"host": self.host, "pid": os.getpid(), "queues": self.queues, "versions": _versions()}
        first = now | fixed | {"started_at": Now()}
        return Worker.objects.update_or_create(id=self.id, defaults=now, create_defaults=first)[0]

    @contextmanager
    def holding(self, job: Job) -> Iterator[Lease]:
        """Renew the lease of ``job`` and watch for stop requests; ``news`` becomes readable on a stop or a loss."""
        self._lease = Lease(job, renewed_at=time.monotonic())
        self._wake.set()
        try:
            yield self._lease
        finally:
            self._lease = None

    def end(self) -> None:
        """Stop beating, because the process ends, and mark the worker as leaving."""
        self._ending = True
        self._wake.set()
        self.join(timeout=2)
        try:
            Worker.objects.filter(id=self.id).update(leaving=True, last_seen_at=Now())
        except UNAVAILABLE:
            logger.info("Worker %s could not be marked as leaving: the database is unavailable.", self.id)

    def run(self) -> None:
        next_beat = 0.0
        while not self._ending:
            try:
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + settings.HEARTBEAT_SECONDS
                    self.register()
                self._check_lease(self._lease)
            except UNAVAILABLE as error:
                logger.warning("The database is unavailable (%s); the job continues.", first_line(error))
                connection.close()
            except Exception:
                logger.exception("Worker %s missed a heartbeat.", self.id)
                connection.close()
            self._wake.wait(STOP_POLL_SECONDS)
            self._wake.clear()
        connection.close()

    def _check_lease(self, lease: Lease | None) -> None:
        if lease is None:
            return
        if time.monotonic() - lease.renewed_at >= settings.HEARTBEAT_SECONDS:
            lease.is_lost = lease.is_lost or not lifecycle.renew(lease.job)
            lease.renewed_at = time.monotonic()
        lease.is_stop_requested = lease.is_stop_requested or lifecycle.is_stop_requested(lease.job)
        if lease.is_lost or lease.is_stop_requested or shutdown.is_requested():
            os.write(self._ring, b"\n")


def _versions() -> dict[str, str]:
    """Versions of the packages that determine a training's numbers, and of Celery."""
    packages = {name: _version(name) for name in ("keras", "numpy", "tensorflow", "jax", "jaxlib", "celery")}
    return {"python": platform.python_version()} | {name: found for name, found in packages.items() if found}


def _version(package: str) -> str:
    """ "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
