"""Finds jobs whose worker was lost, and queued jobs whose message was lost.

Any number of reconcilers may run: a lost job is requeued under a lock of its row, and a second message for the same
job does no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DurationField, Q, Value
from django.db.models.functions import Now

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.datasets.preparing import prepare
from webapp.datasets.uploading import forget_old_uploads
from webapp.jobs import dispatch, lifecycle
from webapp.jobs.models import Job, JobState, Worker, job_models, models_of
from webapp.launches.augmentation import forget_old_previews
from webapp.storage.expiry import forget_old_predictions
from webapp.storage.prepared import remove_orphans
from webapp.storage.purging import purge_deleted_runs
from webapp.workers.job_folders import remove_leftover_folders
from webapp.workers.retry import UNAVAILABLE, first_line

logger = logging.getLogger(__name__)
# The message of a job that was queued just now may still be on its way.
NOTIFY_AGAIN_SECONDS = 3
FORGET_WORKERS_AFTER = timedelta(days=1)


class Reconciler:
    """Runs every few seconds; survives an unavailable database or Redis.

    Steps are independent: one that fails does not prevent the others. Cleaning up runs in a thread, because a bucket
    may take minutes to delete files, and jobs must not wait for that.
    """

    def __init__(self) -> None:
        self._last_look = time.time()
        self._trusts_leases_from = 0.0
        # The last error of each step, so that it is logged once and not every few seconds.
        self._failures: dict[str, str] = {}

    def run_forever(self) -> None:
        threading.Thread(target=self._clean_up_forever, name="clean-up", daemon=True).start()
        while True:
            self.reconcile_jobs()
            time.sleep(settings.RECONCILE_SECONDS)

    def run_once(self) -> None:
        """Every step once. Never raises."""
        self.reconcile_jobs()
        self.clean_up()

    def reconcile_jobs(self) -> None:
        """Requeue lost jobs and send lost messages again. Never raises."""
        self._notice_a_pause()
        steps = [prepare_shared_datasets, notify_again, forget_old_workers]
        if time.time() >= self._trusts_leases_from:
            steps.insert(0, give_back_lost_jobs)
        for step in steps:
            self._do(step)
        connection.close()

    def clean_up(self) -> None:
        """Remove files that are no longer needed. Never raises."""
        forgetting = forget_old_predictions, forget_old_uploads, forget_old_previews
        for step in (purge_deleted_runs, *forgetting, remove_leftover_folders, remove_orphans):
            self._do(step)
        connection.close()

    def _clean_up_forever(self) -> None:
        while True:
            self.clean_up()
            time.sleep(settings.RECONCILE_SECONDS)

    def _do(self, step: Callable[[], None]) -> None:
        """One step; an error is logged when it differs from the last one."""
        name = step.__name__.replace("_", " ")
        try:
            step()
        except UNAVAILABLE as error:
            self._distrust_leases()
            self._log(name, error, with_traceback=False)
        except Exception as error:  # noqa: BLE001 - a step that fails must not prevent the others
            self._log(name, error, with_traceback=True)
        else:
            if self._failures.pop(name, ""):
                logger.info("The reconciler can %s again.", name)

    def _log(self, name: str, error: Exception, *, with_traceback: bool) -> None:
        failure = f"{type(error).__name__}: {first_line(error)}"
        if self._failures.get(name) != failure:
            logger.error("The reconciler could not %s: %s", name, failure, exc_info=error if with_traceback else None)
        self._failures[name] = failure
        connection.close()  # it may be broken, and the next step needs one

    def _notice_a_pause(self) -> None:
        """On a machine that was suspended, leases ran out because no worker could renew them."""
        if time.time() - self._last_look > settings.LEASE_SECONDS:
            self._distrust_leases()
        self._last_look = time.time()

    def _distrust_leases(self) -> None:
        """Give live workers time to renew their leases first."""
        self._trusts_leases_from = time.time() + 2 * settings.HEARTBEAT_SECONDS + 1


def give_back_lost_jobs() -> None:
    """Requeue jobs whose worker has not renewed its lease for ``LEASE_SECONDS``."""
    for model in job_models():
        for id in model.rows().filter(state=JobState.RUNNING, lease_until__lt=Now()).values_list("pk", flat=True):
            with transaction.atomic():
                # Read again under the lock, because the worker may have renewed the lease in between. A row that is
                # locked by another process is skipped, so that the other jobs need not wait: the next pass is soon.
                free = model.rows().select_for_update(of=("self",), skip_locked=True)
                held = free.filter(state=JobState.RUNNING, pk=id)
                job = held.filter(lease_until__lt=Now()).first()
                if job is not None:
                    logger.warning("%s %s lost its worker %s.", model.__name__, id, job.worker_id)
                    lifecycle.requeue(job, _lost(job.worker_id), restart=True)


def _lost(worker: str | None) -> Message:
    return Message("worker {worker} was lost", worker=worker) if worker else Message("worker was lost")


def notify_again() -> None:
    """Send messages again for the jobs that Redis has none for, oldest first."""
    for queue in dispatch.QUEUES:
        waiting = _waiting(queue)
        if not waiting:
            continue
        try:
            missing = len(waiting) - dispatch.queue_length(queue)
        except redis.RedisError as error:
            logger.warning("Redis is unavailable: %s", error)
            return
        for job in waiting[: max(0, missing)]:
            logger.info("Sending another message for %s %s.", type(job).__name__, job.pk)
            if not dispatch.notify_workers_now(job):
                return


def _waiting(queue: str) -> list[Job]:
    """Jobs that have waited longer than a message takes, oldest first."""
    before = Now() - Value(timedelta(seconds=NOTIFY_AGAIN_SECONDS), output_field=DurationField())
    jobs: list[Job] = []
    for model in models_of(queue):
        queued = model.rows().filter(state=JobState.QUEUED, queued_at__lt=before)
        jobs += queued.exclude(published_at__gte=before).only("pk", "queued_at")
    return sorted(jobs, key=lambda job: job.queued_at)


def prepare_shared_datasets() -> None:
    """Prepare what needs no download, what runs train on, and what an earlier release read but did not store.

    A preparation that failed is not repeated unasked.
    """
    absent = Dataset.objects.filter(team=None, num_bytes=0, state__in=(JobState.STOPPED, JobState.FINISHED))
    is_used = Q(runs__isnull=False)
    for dataset in absent.filter(Q(facts__origin="bundled") | is_used | ~Q(content_hash="")).distinct():
        prepare(dataset)


def forget_old_workers() -> None:
    before = Now() - Value(FORGET_WORKERS_AFTER, output_field=DurationField())
    Worker.objects.filter(last_seen_at__lt=before).delete()
