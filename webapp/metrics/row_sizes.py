"""Approximate size of the events of runs in the database, counted as they are recorded."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db.models import Sum, TextField
from django.db.models.functions import Cast, Length

from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

# Besides its payload: the other columns, the row header, and its entries in three indexes. With 20,000 epochs on
# SQLite it was 260 bytes a row.
ROW_BYTES = 300


def bytes_of(events: Iterable[RunEvent]) -> int:
    """Return the bytes that ``events`` take once they are stored."""
    return sum(ROW_BYTES + len(json.dumps(event.payload)) for event in events)


def count_again(run: Run) -> int:
    """Recount the stored events of ``run`` after some were removed. Returns the bytes."""
    text = Length(Cast("payload", TextField()))
    events = RunEvent.objects.filter(run=run)
    num_bytes = int(events.aggregate(total=Sum(text))["total"] or 0) + ROW_BYTES * events.count()
    Run.objects.filter(pk=run.pk).update(recorded_bytes=num_bytes)
    return num_bytes
