"""Celery tasks, and what a worker process does when it starts and ends.

A message says only that there is work; the database says which. A message that arrives twice, late, or for a deleted
job does no harm.
"""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

import billiard
from celery import current_app, shared_task, signals
from django.db import connection

from webapp.jobs import dispatch, lifecycle
from webapp.jobs.models import job_model
from webapp.workers import devices, job_folders, shutdown
from webapp.workers.handlers.registry import work_on
from webapp.workers.heartbeat import Heartbeat
from webapp.workers.retry import retry_until
from webapp.workers.supervisor import Supervision
from webapp.workers.trainer_process import Spares

logger = logging.getLogger(__name__)


# Tasks of version 0.1, whose messages may still be in Redis, and the kind of job that each was for.
FORMER_TASKS = {
    "trainer.tasks.train": "runs.run",
    "trainer.tasks.evaluate": "checkpoints.evaluation",
    "trainer.tasks.predict": "checkpoints.prediction",
    "trainer.tasks.check_resume": "runs.resumecheck",
    "trainer.tasks.prepare_dataset": "datasets.dataset",
}


@shared_task(name=dispatch.TASK)
def work(kind: Any, id: Any) -> None:
    """Carry out the next job of the queue of ``kind``, which is often another one than the message names."""
    model = job_model(kind)
    if model is None or not _is_id(id):
        logger.error("Ignored a message: %r is not a kind and an id of a job.", f"{kind} {id}"[:100])
        return
    heartbeat, spares = _heartbeat_and_spares()
    job = None
    if not shutdown.is_requested():
        job = retry_until(lambda: lifecycle.claim_next(model.queue, heartbeat.register()), shutdown.is_requested)
    if job is None:
        logger.info("Nothing to do for %s %s: another worker has it, or it has ended.", kind, id)
        return
    logger.info("%s %s, attempt %d, started.", type(job).__name__, job.pk, job.attempt)
    try:
        Supervision(work_on(job), heartbeat, spares).run()
    finally:
        if not shutdown.is_requested():
            spares.prepare()
    logger.info("%s %s, attempt %d, ended.", type(job).__name__, job.pk, job.attempt)


def _register_former(former_task: str, kind: str) -> None:
    @shared_task(name=former_task)
    def former(id: Any) -> None:
        work(kind, id)


for former_task, kind in FORMER_TASKS.items():
    _register_former(former_task, kind)


def _is_id(value: Any) -> bool:
    try:
        uuid.UUID(value)
    except (ValueError, TypeError, AttributeError):
        return False
    return True


# One of each in every pool child; created after the fork.
_heartbeat: Heartbeat | None = None
_spares: Spares | None = None


def _heartbeat_and_spares() -> tuple[Heartbeat, Spares]:
    global _heartbeat, _spares
    if _heartbeat is None or _spares is None:
        index = getattr(billiard.current_process(), "index", 0)
        _heartbeat = Heartbeat(index, sorted(current_app.amqp.queues.consume_from))
        _spares = Spares(",".join(devices.gpus_of(index)))
        _heartbeat.start()
    return _heartbeat, _spares


@signals.worker_process_init.connect
def on_process_start(**_: Any) -> None:
    """In a new pool child: start the heartbeat, warm up a trainer, and remove what a killed worker left here."""
    _heartbeat_and_spares()[1].prepare()
    threading.Thread(target=_remove_leftovers, name="remove-leftovers", daemon=True).start()


def _remove_leftovers() -> None:
    """Runs beside the work; if it fails, the next worker to start tries again."""
    try:
        job_folders.remove_leftover_folders()
    except Exception as error:  # noqa: BLE001 - the database may be unavailable, and a worker starts all the same
        logger.warning("Leftovers of ended jobs were not removed from this machine: %s", error)
    finally:
        connection.close()


@signals.worker_shutting_down.connect
def on_shutdown_request(**_: Any) -> None:
    """In the main process when it was asked to end: its children save their work and requeue it."""
    shutdown.request()


@signals.worker_process_shutdown.connect
def on_process_end(**_: Any) -> None:
    """In a pool child that ends."""
    if _heartbeat is not None and _spares is not None:
        _spares.dismiss()
        _heartbeat.end()
