"""The folders in which trainers carry out jobs that end with a result, and their removal.

Once a job has ended, its result is in the database and its folder is removed. The logs of a failed job are kept for
some days, to find the cause. What a killed worker left is removed by the reconciler and by the next worker on the
machine. The folders of runs are not among these: see ``webapp.storage.purging``.
"""

from __future__ import annotations

import logging
import math
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from webapp.jobs.models import Job, JobState, job_models
from webapp.runs.models import Run

logger = logging.getLogger(__name__)
LOGS = (".log", ".jsonl")
LOGS_KEPT = timedelta(days=7)
# The worker of a job that has just ended may still be removing the folder itself.
MARGIN = timedelta(minutes=5)


def folder_of(job: Job) -> Path:
    """The folder in which the trainer writes: one for each attempt, so that lines count from 1."""
    folder: Path = settings.DATA_DIR / job.folder / job.pk.hex / f"attempt-{job.attempt}"
    return folder


def clear(job: Job) -> None:
    """Remove what this attempt wrote; the logs of a job that was neither finished nor stopped are kept.

    Inputs that people gave are always removed, and of a job that was deleted everything. Reads the job's state;
    database errors are raised.
    """
    folder = folder_of(job)
    if job.has_private_input:
        shutil.rmtree(folder, ignore_errors=True)
    state = type(job).rows().filter(pk=job.pk).values_list("state", flat=True).first()
    if state in {JobState.FINISHED, JobState.STOPPED, None}:
        shutil.rmtree(folder.parent, ignore_errors=True)
    else:  # another attempt may be running in the same folder
        _keep_logs(folder)


def remove_leftover_folders() -> None:
    """Remove the folders of ended jobs that still exist because a worker was killed or logs were kept."""
    for model in (kind for kind in job_models() if kind is not Run):
        folders = dict(_job_folders(settings.DATA_DIR / model.folder))
        now = timezone.now()
        jobs = model.rows().filter(pk__in=list(folders), finished_at__lt=now - MARGIN)
        for id, state, finished_at in jobs.values_list("pk", "state", "finished_at"):
            is_recent = finished_at is not None and finished_at > now - LOGS_KEPT
            if state == JobState.FAILED and is_recent and not model.has_private_input:
                for attempt in folders[id].glob("attempt-*"):
                    _keep_logs(attempt)
            elif JobState(state).is_finished:
                shutil.rmtree(folders[id], ignore_errors=True)
                logger.info("Removed what %s %s had left on this machine.", model.__name__, id)
    for model in (kind for kind in job_models() if kind.deleted_in_any_state):
        _remove_deleted(model)


def _remove_deleted(model: type[Job]) -> None:
    """Remove what is left of jobs without a row; one may have been deleted while a trainer writes in its folder.

    Only of kinds that are deleted in any state. A row exists before its folder.
    """
    folders = dict(_job_folders(settings.DATA_DIR / model.folder))
    known = set(model.rows().filter(pk__in=list(folders)).values_list("pk", flat=True))
    for id, folder in folders.items():
        if id not in known and _changed_at(folder) < (timezone.now() - MARGIN).timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("Removed what the deleted %s %s had left on this machine.", model.__name__, id)


def _changed_at(folder: Path) -> float:
    """When something was last written below ``folder``, in seconds since the epoch; infinity when it was removed."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return math.inf


def _job_folders(parent: Path) -> Iterator[tuple[uuid.UUID, Path]]:
    """Folders that are named by the id of a job. The job itself may no longer exist."""
    for folder in parent.glob("*"):
        try:
            yield uuid.UUID(hex=folder.name), folder
        except ValueError:
            continue


def _keep_logs(attempt: Path) -> None:
    """Remove everything but the logs from an attempt's folder, and the folder when nothing is left."""
    for path in attempt.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix not in LOGS:
            path.unlink(missing_ok=True)
    for folder in (attempt, attempt.parent):
        with suppress(OSError):  # it is not empty, or does not exist
            folder.rmdir()
