"""Events into the database: in order, exactly once, and only by the attempt that holds the run.

``Run.recorded_lines`` is how many lines of the attempt's ``events.jsonl`` are in the database. A batch is written
together with the new count or not at all, so a batch that is sent again, because its acknowledgement was lost,
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from trainer.events.events import AnyEvent, CheckpointSaved, EpochEnded, Logged, Progress, Started
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.metrics import row_sizes
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.workers.recording.payload import payload_of
from webapp.workers.recording.summary import RunSummary, finite

# Kinds drawn by epoch, which are superseded when a later attempt trains the epoch again.
CHARTED = ("epoch", "steps")


class MissingLines(RuntimeError):
    """Events were given that do not follow those in the database."""


def checkpoint_key(run: Run, path: str, attempt: int | None = None) -> str:
    """The store's key of a file in the folder of the run's attempt, or of an earlier one."""
    return f"runs/{run.id.hex}/attempt-{attempt or run.attempt}/{path}"


@transaction.atomic
def record(run: Run, events: Sequence[AnyEvent]) -> bool:
    """Store the events of ``run.attempt``; ``False`` when that attempt no longer holds the run.

    Lines that are already in the database are skipped. Raises :class:`MissingLines` when earlier lines are not.
    """
    row = _locked(run)
    if row.attempt != run.attempt:
        return False
    fresh = [event for event in events if event.line > row.recorded_lines]
    if fresh:
        if fresh[0].line != row.recorded_lines + 1:
            raise MissingLines(f"line {fresh[0].line} was given after line {row.recorded_lines} of {run.pk}")
        if not _store(row, fresh, recorded_lines=fresh[-1].line):
            return False
    run.last_seq, run.recorded_lines = row.last_seq, row.recorded_lines
    return True


@transaction.atomic
def record_earlier(run: Run, attempt: int, events: Sequence[AnyEvent]) -> bool:
    """Store events that an earlier ``attempt`` left behind, before ``run.attempt`` has recorded a line of its own.

    Returns ``False`` when that is too late. The caller (``webapp.workers.recording.recovery``) leaves out events that
    are already recorded.
    """
    row = _locked(run)
    if row.attempt != run.attempt or row.recorded_lines or attempt >= row.attempt:
        return False
    stored = _store(row, events, attempt=attempt, recorded_lines=0)
    run.last_seq = row.last_seq
    return stored


@transaction.atomic
def add_log_line(run: Run, level: str, message: Message) -> bool:
    """Add a line to the run's log that comes from the supervisor, not from the trainer."""
    row = _locked(run)
    if row.attempt != run.attempt:
        return False
    event = Logged.model_validate({"line": row.recorded_lines, "level": level, "message": message})
    stored = _store(row, [event], recorded_lines=row.recorded_lines)
    run.last_seq = row.last_seq
    return stored


def _locked(run: Run) -> Run:
    return Run.objects.select_for_update(of=("self",)).select_related("experiment").get(pk=run.pk)


def _store(row: Run, events: Sequence[AnyEvent], *, recorded_lines: int, attempt: int | None = None) -> bool:
    """Write the events and everything derived from them, fenced by the attempt and the number of lines.

    They belong to ``row.attempt`` unless another ``attempt`` is given.
    """
    attempt = attempt or row.attempt
    expected = {"pk": row.pk, "attempt": row.attempt, "recorded_lines": row.recorded_lines}
    rows: list[RunEvent] = []
    checkpoints: list[Checkpoint] = []
    summary = RunSummary(row)
    for event in events:
        if isinstance(event, Started):
            _supersede(row, rows, event.epoch)
            summary.rewind(rows, event)
        elif isinstance(event, EpochEnded):
            summary.add(event)
        elif isinstance(event, Progress):
            summary.advance(event)
            continue
        elif isinstance(event, CheckpointSaved):
            checkpoints.append(_checkpoint(row, attempt, event))
        row.last_seq += 1
        rows.append(_row(row, attempt, event))
    row.recorded_lines = recorded_lines
    counts = {"last_seq": row.last_seq, "recorded_lines": row.recorded_lines}
    counts["recorded_bytes"] = row.recorded_bytes + row_sizes.bytes_of(rows)
    if not Run.objects.filter(**expected).update(**counts, **summary.fields()):
        return False
    RunEvent.objects.bulk_create(rows)
    Checkpoint.objects.bulk_create(checkpoints)
    return True


def _supersede(row: Run, pending: list[RunEvent], epoch: int) -> None:
    """Take events of earlier attempts after ``epoch`` out of the charts."""
    RunEvent.objects.filter(run=row, kind__in=CHARTED, epoch__gt=epoch, superseded=False).update(superseded=True)
    for event in pending:
        event.superseded |= event.kind in CHARTED and (event.epoch or 0) > epoch


def _row(run: Run, attempt: int, event: AnyEvent) -> RunEvent:
    return RunEvent(
        run=run,
        seq=run.last_seq,
        attempt=attempt,
        kind=event.kind,
        epoch=getattr(event, "epoch", None),
        payload=payload_of(event),
        at=event.at,
    )


def _checkpoint(run: Run, attempt: int, event: CheckpointSaved) -> Checkpoint:
    payload: dict[str, Any] = payload_of(event)
    return Checkpoint(
        run=run,
        attempt=attempt,
        name=event.name,
        epoch=event.epoch,
        step=event.step,
        key=checkpoint_key(run, event.path, attempt),
        metrics=payload["metrics"],
        value=finite(event.metrics.get(run.experiment.metric)),
        size_bytes=event.size_bytes,
        digest=event.digest,
        manifest_sha256=event.manifest_sha256,
        created_at=event.at,
    )
