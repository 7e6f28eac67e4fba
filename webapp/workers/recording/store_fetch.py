"""Waiting for files of the store that a job needs: of a checkpoint, or of a team's prepared dataset.

The machine that wrote it uploads it beside the training, so its row may exist before its files; and a bucket may be
unavailable for a while. Neither is a reason to give up a checkpoint or to fail a run.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from trainer.messages.message import NOTHING, Message, joined
from webapp.jobs import lifecycle, live
from webapp.jobs.models import Job
from webapp.storage import prepared, store
from webapp.storage.bucket import NotHereYet, StoreUnavailable
from webapp.workers import shutdown

logger = logging.getLogger(__name__)
ARRIVAL_SECONDS = 60.0
PAUSE_SECONDS = 2.0
BUCKET_UNAVAILABLE = Message("Waiting for the bucket, which does not answer")
NOT_UPLOADED_YET = Message("Waiting for files that are not in the bucket yet")


class Interrupted(Exception):
    """While it waited, the job or its worker was asked to stop, or the job was given to another worker."""


class StoreFetch:
    """Fetches checkpoints for one job. All of them share one time limit, so that several waits do not add up."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._expected_by = time.monotonic() + ARRIVAL_SECONDS
        self._unavailable_since: float | None = None
        self._reported = NOTHING

    def checkpoint(self, key: str, manifest_sha256: str) -> Path:
        """The local folder of the checkpoint.

        Raises :class:`NotHereYet` or :class:`StoreUnavailable` when it has not arrived in time,
        :class:`StoreError` when it never will, and :class:`Interrupted`.
        """
        return self._wait_for(lambda: store.path_of(key, manifest_sha256))

    def dataset(self, content_hash: str) -> Path:
        """The local folder of the prepared dataset; raises as :meth:`checkpoint` does."""
        return self._wait_for(lambda: prepared.path_of(content_hash))

    def _wait_for(self, fetch: Callable[[], Path]) -> Path:
        while True:
            try:
                folder = fetch()
            except StoreUnavailable as error:
                self._wait_for_bucket(error)
            except NotHereYet as error:
                self._bucket_is_back()
                if time.monotonic() >= self._expected_by:
                    raise
                self._wait(NOT_UPLOADED_YET, error)
            else:
                self._report(NOTHING)
                return folder

    def _wait_for_bucket(self, error: StoreUnavailable) -> None:
        now = time.monotonic()
        self._unavailable_since = now if self._unavailable_since is None else self._unavailable_since
        waited = now - self._unavailable_since
        if waited >= settings.STORE_TIMEOUT_SECONDS:
            raise StoreUnavailable(joined(error.message, _waited(waited))) from error
        self._wait(BUCKET_UNAVAILABLE, error)

    def _bucket_is_back(self) -> None:
        """Restart the time limit for files that could not be checked while the bucket was unavailable."""
        if self._unavailable_since is not None:
            self._expected_by = time.monotonic() + ARRIVAL_SECONDS
            self._unavailable_since = None

    def _wait(self, message: Message, error: Exception) -> None:
        logger.warning("%s waits: %s", self._job, error)
        self._report(message)
        if shutdown.is_requested() or lifecycle.is_stop_requested(self._job):
            raise Interrupted(message)
        time.sleep(PAUSE_SECONDS)

    def _report(self, message: Message) -> None:
        """Show on the job's page what it waits for; an empty message clears it."""
        if message == self._reported:
            return
        if not lifecycle.report(self._job, message=message or None):
            raise Interrupted("The job belongs to another worker now.")
        self._reported = message
        live.hint(self._job.pk, getattr(self._job, "last_seq", 0))


def _waited(seconds: float) -> Message:
    if seconds >= 120:
        return Message(
            "The job waited {count} minute for it.",
            plural="The job waited {count} minutes for it.",
            count=round(seconds / 60),
        )
    return Message(
        "The job waited {count} second for it.", plural="The job waited {count} seconds for it.", count=round(seconds)
    )
