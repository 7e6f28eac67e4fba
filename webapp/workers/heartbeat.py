"""The proof of life: one thread of a pool child that keeps its Worker row fresh and renews the lease of its job.

It is a thread of its own so that a slow transaction or a large file does not look like a dead worker.
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
    """A job in the hand of this worker, and what the heart has learnt of it."""

    job: Job
    is_lost: bool = False
    is_stop_requested: bool = False
    renewed_at: float = 0.0


class Heartbeat(threading.Thread):
    """Beats until the process ends."""

    def __init__(self, pool_index: int, queues: list[str]) -> None:
        super().__init__(name="heart", daemon=True)
        self.pool_index, self.queues = pool_index, queues
        self.host = socket.gethostname()
        self.id = f"{self.host}:{os.getppid()}-{pool_index}"
        self._lease: Lease | None = None
        self._wake = threading.Event()
        self._ending = False
        # Rings when a lease has changed. It lasts as long as the process, so it can never be another file's number.
        self.news, self._ring = os.pipe()

    def register(self) -> Worker:
        """Write this worker's row as it is now, and return it. Raises what the database raises."""
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
        """Renew the lease of ``job`` and look out for stops; rings at ``news`` for a stop or a loss."""
        self._lease = Lease(job, renewed_at=time.monotonic())
        self._wake.set()
        try:
            yield self._lease
        finally:
            self._lease = None

    def end(self) -> None:
        """The process ends: say that the worker has left."""
        self._ending = True
        self._wake.set()
        self.join(timeout=2)
        try:
            Worker.objects.filter(id=self.id).update(leaving=True, last_seen_at=Now())
        except UNAVAILABLE:
            logger.info("The database was not told that worker %s has left.", self.id)

    def run(self) -> None:
        next_beat = 0.0
        while not self._ending:
            try:
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + settings.HEARTBEAT_SECONDS
                    self.register()
                self._check_lease(self._lease)
            except UNAVAILABLE as error:
                logger.warning("The database is away (%s); the job goes on.", first_line(error))
                connection.close()
            except Exception:
                logger.exception("The heart of worker %s missed a beat.", self.id)
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
    """Of what decides the numbers of a training, and of what carries it."""
    packages = {name: _version(name) for name in ("keras", "numpy", "tensorflow", "jax", "jaxlib", "celery")}
    return {"python": platform.python_version()} | {name: found for name, found in packages.items() if found}


def _version(package: str) -> str:
    """ "" where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
