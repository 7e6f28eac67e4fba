"""The workers page: what each worker does, and what is queued. Jobs of other teams are shown without their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from trainer.messages.message import Message, Words, joined_by
from webapp.jobs.models import Job, JobState, Worker, job_models
from webapp.jobs.queue_status import why_waiting
from webapp.jobs.turns import Waiting, in_turn
from webapp.teams.models import Team

QUEUE_NAMES = {"train": Message("training"), "evaluate": Message("evaluating")}
MOST_WAITING = 100


@dataclass(frozen=True)
class JobLine:
    """A job in one line. ``url`` is empty when it belongs to another team."""

    label: Words
    detail: Words
    url: str
    person: str
    since: datetime | None
    fraction: float | None
    seconds_left: float | None
    why: Words
    place: int
    queue: Message


@dataclass(frozen=True)
class WorkerLine:
    """A worker and its current job. ``state``: busy, idle, leaving, left, or gone (it stopped reporting)."""

    worker: Worker
    state: str
    device: dict[str, Any]
    machine: dict[str, Any]
    queues: Message
    job: JobLine | None

    @property
    def is_here(self) -> bool:
        return self.state in {"busy", "idle", "leaving"}


def workers(team: Team, queue: str = "") -> list[WorkerLine]:
    """All workers seen in the last day, those online first, then by host."""
    jobs = {job.worker_id: job for model in job_models() for job in _rows(model, JobState.RUNNING) if job.worker_id}
    lines = [
        _worker_line(worker, jobs.get(worker.id), team)
        for worker in Worker.objects.order_by("host", "queues", "id")
        if not queue or queue in worker.queues
    ]
    return sorted(lines, key=lambda line: not line.is_here)


@dataclass(frozen=True)
class Queued:
    """The queued jobs of one queue: how many there are, and the first :data:`MOST_WAITING` of them."""

    number: int
    lines: list[JobLine]


def queued(team: Team, queue: str = "") -> Queued:
    """The queued jobs in the order in which they start, each with the reason why it waits.

    Without ``queue`` those of all queues, the first ones of each together.
    """
    orders = {name: list(in_turn(name)) for name in QUEUE_NAMES if not queue or name == queue}
    places = sorted((place, name) for name, order in orders.items() for place in range(len(order[:MOST_WAITING])))
    shown = places[:MOST_WAITING]
    jobs = _jobs_of([orders[name][place] for place, name in shown])
    lines = []
    for place, name in shown:
        ahead = orders[name][:place]
        if job := jobs.get(orders[name][place].id):  # else it was claimed or stopped just now
            lines.append(_job_line(job, team, why=_why(job, ahead), place=place + 1))
    return Queued(sum(map(len, orders.values())), lines)


def _jobs_of(waiting: list[Waiting]) -> dict[Any, Job]:
    """The rows by id, in one query for each kind of job."""
    jobs: dict[Any, Job] = {}
    for model in job_models():
        ids = [each.id for each in waiting if each.model is model]
        rows = model.rows().filter(pk__in=ids, state=JobState.QUEUED) if ids else model.rows().none()
        jobs |= {job.pk: job for job in rows.select_related(*model.related).defer(*model.heavy_fields)}
    return jobs


def _why(job: Job, ahead: list[Waiting]) -> Message:
    """In full for the first of a queue, and for jobs that need several devices, which may wait for something else."""
    if not ahead or job.num_devices > 1:
        return why_waiting(job, ahead)
    if job.queue == "train":
        return Message("{count} ahead of it for training.", count=len(ahead))
    return Message("{count} ahead of it for evaluating.", count=len(ahead))


def _rows(model: type[Job], state: JobState) -> list[Any]:
    rows = model.rows().filter(state=state).select_related(*model.related).defer(*model.heavy_fields)
    return list(rows.order_by("queued_at")[:500])


def _worker_line(worker: Worker, job: Job | None, team: Team) -> WorkerLine:
    devices = worker.devices or [{}]
    gpus = [device for device in devices if device.get("kind") == "GPU"]
    names = joined_by(", ", [QUEUE_NAMES.get(name, name) for name in worker.queues])
    line = _job_line(job, team) if job else None
    return WorkerLine(worker, _state(worker, job), _together(gpus or devices[:1]), devices[-1], names, line)


def _together(devices: list[dict[str, Any]]) -> dict[str, Any]:
    """Several GPUs of a worker as one: their mean load, and their total memory if all of them report it."""
    first = devices[0]
    if len(devices) == 1:
        return first
    loads = [device["percent"] for device in devices if "percent" in device]
    combined = first | ({"percent": sum(loads) / len(loads)} if loads else {})
    if all("memory_bytes" in device for device in devices):
        combined |= {name: sum(device[name] for device in devices) for name in ("memory_bytes", "memory_used_bytes")}
    return combined


def _state(worker: Worker, job: Job | None) -> str:
    if worker.is_online:
        return "busy" if job else "idle"
    if worker.leaving:
        return "leaving" if job else "left"
    return "gone"


def _job_line(job: Job, team: Team, *, why: Words = "", place: int = 0) -> JobLine:
    progress = job.progress if job.state == JobState.RUNNING else {}
    is_ours = job.team_id in {None, team.pk}
    return JobLine(
        label=job.label if is_ours else job.anonymous_name,
        detail=job.detail if is_ours else "",
        url=job.get_absolute_url() if is_ours else "",
        person=str(getattr(job, "created_by", None) or "") if is_ours else "",
        since=job.started_at if job.state == JobState.RUNNING else job.queued_at,
        fraction=progress.get("fraction"),
        seconds_left=progress.get("seconds_left"),
        why=why,
        place=place,
        queue=QUEUE_NAMES[job.queue],
    )


def summary_of(lines: list[WorkerLine], num_queued: int) -> Message:
    """One sentence for the head of the page."""
    here = [line for line in lines if line.is_here]
    busy = sum(1 for line in here if line.job)
    return Message(
        "{online} online, {busy} busy; {queued:,} queued. Seen at {time} UTC.",
        online=len(here),
        busy=busy,
        queued=num_queued,
        time=f"{timezone.localtime():%H:%M:%S}",
    )
