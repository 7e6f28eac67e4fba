"""Why a job waits: its place in the queue, and what has to happen before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from django.conf import settings
from django.utils import timezone

from trainer.messages.message import NOTHING, Message, joined
from webapp.jobs import dispatch
from webapp.jobs.models import Job, JobState, Worker, models_of
from webapp.jobs.turns import Waiting, in_turn, owner_of
from webapp.jobs.wording import ahead_in_words

TURNS = Message("Workers are shared: teams take turns, then the people within a team.")


def jobs_ahead(job: Job) -> list[Waiting]:
    """The jobs of the same queue that start before the queued ``job``, in order."""
    return list(takewhile(lambda each: each.id != job.pk, in_turn(job.queue)))


def queue_place(job: Job) -> int:
    """How many jobs of the same queue start before the queued ``job``."""
    return len(jobs_ahead(job))


def online_workers(queue: str) -> list[Worker]:
    """Workers that take jobs of ``queue`` and have sent a heartbeat recently."""
    recent = timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)
    workers = Worker.objects.filter(leaving=False, last_seen_at__gt=recent)
    return [worker for worker in workers if queue in worker.queues]


def busy_workers(queue: str) -> set[str]:
    """The ids of the workers that are running a job of ``queue``."""
    return {
        id
        for model in models_of(queue)
        for id in model.rows().filter(state=JobState.RUNNING, worker__isnull=False).values_list("worker_id", flat=True)
    }


def why_waiting(job: Job, ahead: Sequence[Waiting] | None = None) -> Message:
    """Some sentences for a queued job; empty for others. ``ahead`` is the result of :func:`jobs_ahead`, if known."""
    if job.state != JobState.QUEUED:
        return NOTHING
    workers = online_workers(job.queue)
    if not workers:
        command = f"celery -A webapp worker -Q {job.queue}"
        return Message("No worker is online for it: start one with “{command}”.", command=command)
    able = [worker for worker in workers if worker.num_devices >= job.num_devices]
    if not able:
        return _too_few_devices(job, max(worker.num_devices for worker in workers))
    free = {worker.id for worker in able} - busy_workers(job.queue)
    known = jobs_ahead(job) if ahead is None else ahead
    reasons = [_ahead(job, known), NOTHING if free else _all_busy(len(able), job.num_devices)]
    if free and not dispatch.is_redis_there():
        reasons.append(
            Message("Redis is unavailable, so no worker is notified of it; it starts when Redis is available again.")
        )
    return joined(*reasons) or Message("A worker is about to take it.")


def _ahead(job: Job, ahead: Sequence[Waiting]) -> Message:
    """How many jobs start before it, and how many of them belong to other teams, whose names are not shown."""
    if not ahead:
        return NOTHING
    team, person = owner_of(job)
    others = [each for each in ahead if each.team != team]
    sentence = ahead_in_words(len(ahead), len(others), len({each.team for each in others}))
    is_shared = any((each.team, each.person) != (team, person) for each in ahead)
    return joined(sentence, TURNS) if is_shared else sentence


def _all_busy(num_workers: int, num_devices: int) -> Message:
    if num_devices > 1:
        return _able_busy(num_workers, num_devices)
    if num_workers == 1:
        return Message("The only worker is busy.")
    if num_workers == 2:
        return Message("Both workers are busy.")
    return Message("All {count} workers are busy.", count=num_workers)


def _able_busy(num_workers: int, num_devices: int) -> Message:
    if num_workers == 1:
        return Message("The only worker with {devices} devices is busy.", devices=num_devices)
    if num_workers == 2:
        return Message("Both workers with {devices} devices are busy.", devices=num_devices)
    return Message("All {count} workers with {devices} devices are busy.", count=num_workers, devices=num_devices)


def _too_few_devices(job: Job, most: int) -> Message:
    remedy = Message(
        "Start one with TRAINYARD_GPUS_PER_RUN={devices} on a machine with as many GPUs, or launch it again with fewer "
        "devices.",
        devices=job.num_devices,
    )
    if most == 1:
        problem = Message(
            "It asks for {devices} devices, and no worker that is online for it gives a run more than one.",
            devices=job.num_devices,
        )
    else:
        problem = Message(
            "It asks for {devices} devices, and no worker that is online for it gives a run more than {most}.",
            devices=job.num_devices,
            most=most,
        )
    return joined(problem, remedy)
