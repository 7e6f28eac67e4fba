"""Why a job waits: its place in the queue, and what would have to happen for it to start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from webapp.workers import dispatch
from webapp.workers.models import Job, JobState, Worker

NOUNS = {"train": ("run", "runs"), "evaluate": ("job", "jobs")}


def job_models() -> list[Any]:
    """Every kind of work."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


def models_of(queue: str) -> list[Any]:
    return [model for model in job_models() if model.queue == queue]


def queue_place(job: Job) -> int:
    """How many jobs of the same queue are ahead of ``job``."""
    earlier = Q(queued_at__lt=job.queued_at) | Q(queued_at=job.queued_at, pk__lt=job.pk)
    return sum(
        model.rows().filter(earlier, state=JobState.QUEUED).exclude(pk=job.pk).count() for model in models_of(job.queue)
    )


def online_workers(queue: str) -> list[Worker]:
    """Workers that take jobs of ``queue`` and were heard of lately."""
    recent = timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)
    workers = Worker.objects.filter(leaving=False, last_seen_at__gt=recent)
    return [worker for worker in workers if queue in worker.queues]


def busy_workers(queue: str) -> set[str]:
    """The ids of the workers that hold a job of ``queue``'s kinds."""
    return {
        id
        for model in models_of(queue)
        for id in model.rows().filter(state=JobState.RUNNING, worker__isnull=False).values_list("worker_id", flat=True)
    }


def why_waiting(job: Job) -> str:
    """One or two sentences for a queued job; "" for any other."""
    if job.state != JobState.QUEUED:
        return ""
    workers = online_workers(job.queue)
    if not workers:
        return f"No worker is online for it: start one with “celery -A webapp worker -Q {job.queue}”."
    able = [worker for worker in workers if worker.num_devices >= job.num_devices]
    if not able:
        return _too_few_devices(job, max(worker.num_devices for worker in workers))
    free = {worker.id for worker in able} - busy_workers(job.queue)
    reasons = [_ahead(job), "" if free else _all_busy(len(able), job.num_devices)]
    if free and not dispatch.is_redis_there():
        reasons.append("Redis is away, so no worker hears of it; it starts when Redis is back.")
    return " ".join(filter(None, reasons)) or "A worker is about to take it."


def _ahead(job: Job) -> str:
    ahead = queue_place(job)
    one, many = NOUNS.get(job.queue, ("job", "jobs"))
    if ahead == 0:
        return ""
    return f"1 {one} is ahead of it." if ahead == 1 else f"{ahead} {many} are ahead of it."


def _all_busy(num_workers: int, num_devices: int) -> str:
    enough = f" with {num_devices} devices" if num_devices > 1 else ""
    if num_workers == 1:
        return f"The only worker{enough} is busy."
    who = "Both workers" if num_workers == 2 else f"All {num_workers} workers"
    return f"{who}{enough} are busy."


def _too_few_devices(job: Job, most: int) -> str:
    has = "one" if most == 1 else str(most)
    return (
        f"It asks for {job.num_devices} devices, and no worker that is online for it gives a run more than {has}. "
        f"Start one with TRAINYARD_GPUS_PER_RUN={job.num_devices} on a machine with as many GPUs, or launch it again "
        "with fewer devices."
    )
