"""The life of a job: the only place that changes its state.

Every change is one conditional UPDATE, and the number of changed rows says whether it took place, so that of two
processes that act at the same moment only one succeeds. Times are the database's, because clocks of hosts may differ.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Now

from trainer.errors import Explained
from trainer.messages.message import NOTHING, Message, Words
from webapp.jobs import dispatch, live, turns
from webapp.jobs.models import Job, JobState, Worker
from webapp.jobs.queue_status import queue_place, why_waiting
from webapp.jobs.wording import state_in_words, without_paths

__all__ = [
    "WrongState",
    "claim",
    "claim_next",
    "end",
    "is_stop_requested",
    "queue_again",
    "queue_place",
    "renew",
    "report",
    "request_stop",
    "requeue",
    "why_waiting",
]

AnyJob = TypeVar("AnyJob", bound=Job)
# After so many jobs that other workers claimed at the same moment, a worker waits for the next message.
MOST_TRIED = 20
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
ENDED = (JobState.STOPPED, JobState.FINISHED, JobState.FAILED)


class WrongState(Explained):
    """The action is not possible in the job's state; the message says which states allow it."""


def lease_end() -> Any:
    """When a lease that is granted now runs out, by the database's clock."""
    return Now() + models.Value(timedelta(seconds=settings.LEASE_SECONDS), output_field=models.DurationField())


def claim(model: type[AnyJob], id: uuid.UUID, worker: Worker) -> AnyJob | None:
    """Claim a queued job for ``worker`` as a new attempt; returns ``None`` when it is no longer queued."""
    with transaction.atomic():
        claimed = (
            model.rows()
            .filter(id=id, state=JobState.QUEUED)
            .update(
                state=JobState.RUNNING,
                attempt=F("attempt") + 1,
                worker=worker,
                lease_until=lease_end(),
                stop_requested_at=None,
                started_at=Coalesce("started_at", Now()),
                finished_at=None,
                progress={},
                error="",
                advice="",
                **model.reset_at_claim,
            )
        )
        if not claimed:
            return None
        job = model.rows().get(id=id)
        turns.record_turn(job)
        _changed(job, Message("started on {host}", host=worker.host))
        return job


def claim_next(queue: str, worker: Worker) -> Job | None:
    """Claim the next job of ``queue`` (``webapp.jobs.turns``), independent of the message that arrived.

    So a lost or late message does not change the order. Jobs that ``worker`` cannot do are left to other workers.
    """
    for waiting in islice(turns.in_turn(queue, worker), MOST_TRIED):
        job = claim(waiting.model, waiting.id, worker)
        if job is not None:
            return job
    return None


def renew(job: Job) -> bool:
    """Renew the lease of the job; returns ``False`` when another attempt has it or it has ended."""
    return bool(_held(job).update(lease_until=lease_end()))


def report(job: Job, *, message: Message | None = None, **progress: Any) -> bool:
    """Store the progress of the job, with ``message`` as what its worker does.

    Returns ``False`` when it no longer belongs to this attempt.
    """
    if message is not None:
        progress["message"] = message.to_json()
    return bool(_held(job).update(progress=progress))


def is_stop_requested(job: Job) -> bool:
    return _held(job).filter(stop_requested_at__isnull=False).exists()


def request_stop(job: Job, by: Any = None) -> None:
    """Stop a queued job at once; ask the worker of a running one to stop it. A second request has no effect.

    ``by`` is a person, or a message such as "an operator". Raises :class:`WrongState` when the job has already ended.
    """
    rows = type(job).rows().filter(pk=job.pk)
    with transaction.atomic():
        fields = job.fields_at_end("stopped")
        if rows.filter(state=JobState.QUEUED).update(state=JobState.STOPPED, finished_at=Now(), **fields):
            _refresh(job, _stopped_while_queued(by))
        elif rows.filter(state=JobState.RUNNING, stop_requested_at=None).update(stop_requested_at=Now()):
            _refresh(job, _asked_to_stop(by))
        elif not rows.filter(state=JobState.RUNNING).exists():
            job.refresh_from_db(fields=["state"])
            raise WrongState(
                Message(
                    "{job} is {state}; only what is queued or running can be stopped.",
                    job=str(job),
                    state=state_in_words(job.state),
                )
            )


def _stopped_while_queued(by: Any) -> Message:
    if not by:
        return Message("stopped while it was queued")
    return Message("stopped by {person} while it was queued", person=_named(by))


def _asked_to_stop(by: Any) -> Message:
    return Message("asked by {person} to stop", person=_named(by)) if by else Message("asked to stop")


def _named(by: Any) -> Words:
    return by if isinstance(by, Message) else str(by)


def end(
    job: Job,
    state: JobState,
    *,
    error: Message = NOTHING,
    advice: Message = NOTHING,
    reason: str = "",
    **fields: Any,
) -> bool:
    """End a running job and set ``fields``; returns ``False`` when it no longer belongs to this attempt."""
    fields |= job.fields_at_end(reason)
    with transaction.atomic():
        ended = _held(job).update(
            state=state,
            error=without_paths(error),
            advice=advice,
            finished_at=Now(),
            lease_until=None,
            worker=None,
            **fields,
        )
        if ended:
            _refresh(job, Message(reason) if reason else error)
        return bool(ended)


def requeue(job: Job, reason: Message, *, restart: bool) -> bool:
    """Put a running job back into the queue, where it keeps its place among its person's jobs.

    Returns ``False`` when it no longer belongs to this attempt. With ``restart`` it counts as one of ``MAX_RESTARTS``,
    after which the job fails. A job that was asked to stop ends as stopped instead.
    """
    with transaction.atomic():
        held = _held(job).filter(stop_requested_at=None)
        if restart:
            held = held.filter(restarts__lt=settings.MAX_RESTARTS)
        again = held.update(
            state=JobState.QUEUED,
            worker=None,
            lease_until=None,
            published_at=None,
            restarts=F("restarts") + int(restart),
        )
        if again:
            _refresh(job, reason)
            dispatch.notify_workers(job)
            return True
    return _end_instead(job, reason)


def _end_instead(job: Job, reason: Message) -> bool:
    """End a job that cannot be requeued: it was asked to stop, or was restarted too often."""
    if is_stop_requested(job):
        return end(job, JobState.STOPPED, reason="stopped")
    return end(
        job,
        JobState.FAILED,
        error=Message(
            "Interrupted {count} time; the last reason: {reason}.",
            plural="Interrupted {count} times; the last reason: {reason}.",
            count=settings.MAX_RESTARTS + 1,
            reason=reason,
        ),
        advice=Message("Find out what ends the workers (memory, power, the machine's log), then resume the run."),
        reason="interrupted",
    )


def queue_again(job: Job, reason: Message, **fields: Any) -> None:
    """Queue an ended job for another attempt, behind its person's other jobs.

    Raises :class:`WrongState` if it has not ended.
    """
    with transaction.atomic():
        queued = (
            type(job)
            .rows()
            .filter(pk=job.pk, state__in=ENDED)
            .update(
                state=JobState.QUEUED,
                queued_at=Now(),
                published_at=None,
                finished_at=None,
                stop_requested_at=None,
                restarts=0,
                error="",
                advice="",
                **(fields | job.fields_at_end("")),
            )
        )
        if not queued:
            job.refresh_from_db(fields=["state"])
            state = state_in_words(job.state)
            raise WrongState(Message("{job} is {state} already; stop it first.", job=str(job), state=state))
        _refresh(job, reason)
        dispatch.notify_workers(job)


def _held(job: Job) -> QuerySet[Any]:
    """The row, while it belongs to this attempt."""
    return type(job).rows().filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)


def _refresh(job: Job, reason: Message) -> None:
    job.refresh_from_db()
    _changed(job, reason)


def _changed(job: Job, reason: Message) -> None:
    """Write the history, and notify browsers after the commit."""
    job.record_state_change(reason)
    seq = getattr(job, "last_seq", 0)
    transaction.on_commit(lambda: live.hint(job.pk, seq))
