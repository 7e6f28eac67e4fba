"""The folders in which trainers carry out jobs that end with a result, and their removal.

What a job leaves there is in the database once it has ended. Of one that failed the logs stay for some days, for those
who look for the cause; everything else goes at its end. What a killed worker left is removed by the reconciler and by
the next worker on the machine. The folders of runs are none of these: see ``webapp.storage.purging``.
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

from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Dataset
from webapp.jobs.models import Job, JobState
from webapp.runs.models import ResumeCheck

logger = logging.getLogger(__name__)
# The folder below the data folder for each kind of work that ends with a result.
PARENTS: dict[type[Job], str] = {
    Evaluation: "evaluations",
    Prediction: "predictions",
    ResumeCheck: "resume-checks",
    Dataset: "preparations",
}
LOGS = (".log", ".jsonl")
LOGS_KEPT = timedelta(days=7)
# Somebody may have ended a moment ago, and be at the removal himself.
MARGIN = timedelta(minutes=5)


def folder_of(job: Job, parent: str = "") -> Path:
    """The folder of this attempt, in which the trainer writes: one of its own, so that lines count from 1."""
    folder: Path = settings.DATA_DIR / (parent or PARENTS[type(job)]) / job.pk.hex / f"attempt-{job.attempt}"
    return folder


def clear(job: Job) -> None:
    """Remove what this attempt wrote, down to its logs unless the job has come to a good end.

    Nothing that a person gave stays. Asks the database how the job stands, and raises what that raises.
    """
    folder = folder_of(job)
    if type(job) is Prediction:
        shutil.rmtree(folder, ignore_errors=True)
    state = type(job).rows().filter(pk=job.pk).values_list("state", flat=True).first()
    if state in {JobState.FINISHED, JobState.STOPPED}:
        shutil.rmtree(folder.parent, ignore_errors=True)
    else:  # another attempt may be at work beside it
        _keep_logs(folder)


def remove_leftover_folders() -> None:
    """Remove the folders of ended jobs that are still here, because a worker was killed or its logs were kept."""
    for model, parent in PARENTS.items():
        folders = dict(_job_folders(settings.DATA_DIR / parent))
        now = timezone.now()
        jobs = model.rows().filter(pk__in=list(folders), finished_at__lt=now - MARGIN)
        for id, state, finished_at in jobs.values_list("pk", "state", "finished_at"):
            is_recent = finished_at is not None and finished_at > now - LOGS_KEPT
            if state == JobState.FAILED and is_recent and model is not Prediction:
                for attempt in folders[id].glob("attempt-*"):
                    _keep_logs(attempt)
            elif JobState(state).is_finished:
                shutil.rmtree(folders[id], ignore_errors=True)
                logger.info("Removed what %s %s had left on this machine.", model.__name__, id)
    _remove_deleted_predictions()


def _remove_deleted_predictions() -> None:
    """Remove what is left of predictions without a row; one may have been deleted while a trainer writes in its folder.

    Of predictions alone: people delete them, and what they gave must not stay. A row is there before its folder.
    """
    folders = dict(_job_folders(settings.DATA_DIR / PARENTS[Prediction]))
    known = set(Prediction.rows().filter(pk__in=list(folders)).values_list("pk", flat=True))
    for id, folder in folders.items():
        if id not in known and _changed_at(folder) < (timezone.now() - MARGIN).timestamp():
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("Removed what the deleted prediction %s had left on this machine.", id)


def _changed_at(folder: Path) -> float:
    """When something was last written below ``folder``, in seconds since the epoch; infinity when it is gone."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return math.inf


def _job_folders(parent: Path) -> Iterator[tuple[uuid.UUID, Path]]:
    """Folders that bear the id of a job; whether there is such a job, the database says."""
    for folder in parent.glob("*"):
        try:
            yield uuid.UUID(hex=folder.name), folder
        except ValueError:
            continue


def _keep_logs(attempt: Path) -> None:
    """Remove everything else of an attempt's folder, and the folder when nothing is left."""
    for path in attempt.glob("*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix not in LOGS:
            path.unlink(missing_ok=True)
    for folder in (attempt, attempt.parent):
        with suppress(OSError):  # it has something in it, or is not there
            folder.rmdir()
