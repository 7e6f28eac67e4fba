"""What a browser needs to draw a run, and the events after that: always from the database, never from a socket."""

from __future__ import annotations

import uuid
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from pydantic_core import from_json, to_json

from webapp.metrics.charts import Sample, epoch_columns, panels, system_columns
from webapp.metrics.curves import events_after
from webapp.metrics.log_lines import LogLine, epoch_line, line_of
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

BATCH = 1000
EPOCHS = 2000  # rows of a run's charts; more than about this many cannot be distinguished
LOG_LINES = 500
SYSTEM_SAMPLES = 5000


def snapshot(run: Run) -> dict[str, Any]:
    """Return all that the charts of a run show now, and the number of the last event in it.

    ``run`` must have been read before this is called: events that arrive in between are then drawn twice at the
    same place, never missed.
    """
    return {
        "seq": run.last_seq,
        "epochs": recorded_epochs(run),
        "starts": starts(run),
        "system": system_columns(samples(run)),
        "panels": panels_of(run),
        **now(run),
    }


def recorded_epochs(run: Run, limit: int = EPOCHS) -> dict[str, Any]:
    """The epochs of the run as columns, without those that a later attempt has superseded, downsampled to ``limit``."""
    columns: dict[str, Any] = from_json(_recorded_epochs(run.pk, run.last_seq, limit))
    return columns


@lru_cache(maxsize=40)
def _recorded_epochs(run_id: uuid.UUID, seq: int, limit: int) -> bytes:
    """The columns as JSON, because bytes from a cache cannot be changed by one caller for the others.

    ``seq`` is part of the key only: while a run records nothing, its epochs are read and downsampled once.
    """
    run = Run.objects.get(pk=run_id)
    epochs = RunEvent.objects.filter(run=run, kind="epoch", superseded=False).order_by("seq")
    # One text for all rows is read in less than half the time, which matters when a run has 20,000.
    texts = epochs.values_list(Cast("payload", TextField()), flat=True)
    marked = {start["epoch"] for start in starts(run)}
    return to_json(epoch_columns(from_json(f"[{','.join(texts)}]"), limit, marked))


def starts(run: Run) -> list[dict[str, Any]]:
    """Where attempts resumed within what the charts show: ``{"epoch", "attempt", "checkpoint"}``, in order.

    An attempt that resumed from an earlier epoch removes the starts after it, as it does their points.
    """
    found: list[dict[str, Any]] = []
    events = RunEvent.objects.filter(run=run, kind="started").order_by("seq")
    for attempt, epoch, checkpoint in events.values_list("attempt", "epoch", "payload__resumed_from"):
        found = [start for start in found if start["epoch"] < (epoch or 0)]
        if epoch and checkpoint:
            found.append({"epoch": epoch, "attempt": attempt, "checkpoint": checkpoint})
    return found


def reached_sizes(run: Run) -> dict[str, int] | None:
    """How many examples the parts of the split got, as the latest attempt reported; ``None`` before it has started."""
    events = RunEvent.objects.filter(run=run, kind="started").order_by("-seq")
    sizes = events.values_list("payload__num_train", "payload__num_validation", "payload__num_test").first()
    return None if sizes is None else dict(zip(("train", "validation", "test"), sizes, strict=True))


def samples(run: Run) -> list[Sample]:
    """The latest measurements of the machine, oldest first."""
    rows = RunEvent.objects.filter(run=run, kind="system").order_by("-seq")[:SYSTEM_SAMPLES]
    latest = [Sample(row.at.isoformat(), row.attempt, row.payload) for row in rows]
    return latest[::-1]


def log_lines(run: Run, limit: int | None = LOG_LINES) -> list[LogLine]:
    """The log, oldest first, with a line for every epoch; also those of attempts that were superseded.

    With a ``limit``, that many of the latest log lines and as many epochs, so that 20,000 epochs hide no warning.
    """
    events = RunEvent.objects.filter(run=run).order_by("-seq").only("seq", "kind", "payload", "at")
    found = [events.filter(kind=kind)[:limit] for kind in ("log", "epoch")]
    return [line_of(event) for event in sorted(chain(*found), key=lambda event: event.seq)]


def num_log_lines(run: Run) -> int:
    return RunEvent.objects.filter(run=run, kind__in=("log", "epoch")).count()


def now(run: Run) -> dict[str, Any]:
    """What events do not contain: the state of the run and what its worker does."""
    return {"state": run.display_state, "progress": run.shown_progress}


def batch(run: Run, after: int) -> dict[str, Any]:
    """Return the oldest ``BATCH`` events of ``run`` after number ``after``, and the state of the run now.

    ``more`` is true if another batch can be requested at once. ``run`` must have just been read.
    """
    events = events_after(run, after, limit=BATCH) if run.last_seq > after else []
    # A complete batch ends at the run's last number, so that superseded events left out are not requested again.
    complete = len(events) < BATCH
    for event in events:
        if event["kind"] == "epoch":
            event["line"] = epoch_line(event["payload"])
    newest = events[-1]["seq"] if events else after
    seq = max(run.last_seq, newest) if complete else newest
    return {"seq": seq, "events": events, "more": not complete, "panels": panels_of(run), **now(run)}


def panels_of(run: Run) -> list[dict[str, Any]]:
    """The charts for all metrics that the run has reported so far."""
    return panels(run.summary, run.experiment.metric, run.experiment.metric_mode)


def fresh(run_id: uuid.UUID) -> Run | None:
    """The run as it is in the database now; ``None`` if it does not exist or is deleted."""
    return Run.objects.filter(id=run_id, deleted_at=None).select_related("experiment__team").first()
