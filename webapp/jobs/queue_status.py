"""Why a job waits: its place in the queue, and what has to happen before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from django.conf import settings
from django.utils import timezone

from webapp.jobs import dispatch
from webapp.jobs.models import Job, JobState, Worker, models_of
from webapp.jobs.turns import Waiting, in_turn, owner_of

NOUNS = {"train": ("run", "runs"), "evaluate": ("job", "jobs")}
TURNS = "Workers are shared: teams take turns, then the people within a team."


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


def why_waiting(job: Job, ahead: Sequence[Waiting] | None = None) -> str:
    """A few sentences for a queued job; "" for any other. ``ahead`` is the result of :func:`jobs_ahead`, if known."""
    if job.state != JobState.QUEUED:
        return ""
    workers = online_workers(job.queue)
    if not workers:
        return f"No worker is online for it: start one with “celery -A webapp worker -Q {job.queue}”."
    able = [worker for worker in workers if worker.num_devices >= job.num_devices]
    if not able:
        return _too_few_devices(job, max(worker.num_devices for worker in workers))
    free = {worker.id for worker in able} - busy_workers(job.queue)
    known = jobs_ahead(job) if ahead is None else ahead
    reasons = [_ahead(job, known), "" if free else _all_busy(len(able), job.num_devices)]
    if free and not dispatch.is_redis_there():
        reasons.append("Redis is unavailable, so no worker is notified of it; it starts when Redis is available again.")
    return " ".join(filter(None, reasons)) or "A worker is about to take it."


def _ahead(job: Job, ahead: Sequence[Waiting]) -> str:
    """How many jobs start before it, and how many of them belong to other teams, whose names are not shown."""
    if not ahead:
        return ""
    one, many = NOUNS.get(job.queue, ("job", "jobs"))
    sentence = f"1 {one} is ahead of it" if len(ahead) == 1 else f"{len(ahead)} {many} are ahead of it"
    team, person = owner_of(job)
    others = [each for each in ahead if each.team != team]
    if others:
        sentence += f", {_of_others(others, len(ahead))}"
    is_shared = any((each.team, each.person) != (team, person) for each in ahead)
    return f"{sentence}. {TURNS}" if is_shared else f"{sentence}."


def _of_others(others: Sequence[Waiting], num_ahead: int) -> str:
    num_teams = len({each.team for each in others})
    teams = "another team" if num_teams == 1 else f"{num_teams} other teams"
    if len(others) == num_ahead:
        return f"of {teams}" if num_ahead == 1 else f"all of {teams}"
    return f"{len(others)} of {teams}" if len(others) > 1 else f"one of {teams}"


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
