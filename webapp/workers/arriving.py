"""Waiting for the files of a checkpoint that another machine is still bringing into the bucket.

The machine that wrote it uploads it beside the training, so its row may be there before its files; and a bucket may
not answer for a while. Neither is a reason to give a checkpoint up.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from webapp.checkpoints import store
from webapp.workers import departure, lifecycle
from webapp.workers.models import Job

logger = logging.getLogger(__name__)
ARRIVAL_SECONDS = 60.0
PAUSE_SECONDS = 2.0


def deadline() -> float:
    """How long a job that begins now waits, on the monotonic clock."""
    return time.monotonic() + ARRIVAL_SECONDS


def path_of(key: str, job: Job, until: float) -> Path:
    """The local folder of the checkpoint that ``job`` needs.

    Raises :class:`store.NotHereYet` or :class:`store.StoreAway` when it has not come by ``until``, or the job is to
    stop; :class:`store.StoreError` when it will never come.
    """
    while True:
        try:
            return store.path_of(key)
        except (store.NotHereYet, store.StoreAway) as error:
            if time.monotonic() >= until or departure.is_leaving() or lifecycle.is_stop_requested(job):
                raise
            logger.warning("%s waits: %s", job, error)
        time.sleep(PAUSE_SECONDS)
