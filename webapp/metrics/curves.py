"""Points and events out of the database, without what later attempts have superseded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

Value = float | str


def curves(run: Run) -> dict[str, list[tuple[int, Value]]]:
    """Every metric's points ``(epoch, value)`` in order; what is not finite is "NaN", "Infinity" or "-Infinity"."""
    found: dict[str, list[tuple[int, Value]]] = {}
    epochs = RunEvent.objects.filter(run=run, kind="epoch", superseded=False).order_by("seq")
    for epoch, metrics in epochs.values_list("epoch", "payload__metrics"):
        for metric, value in metrics.items():
            found.setdefault(metric, []).append((epoch or 0, value))
    return found


def events_after(run: Run, seq: int, limit: int = 1000) -> list[dict[str, Any]]:
    """What came after event ``seq``, at most ``limit`` events, oldest first.

    An event of kind "started" with epoch k tells the reader to drop what it has after epoch k. The losses of single
    steps are left out, because there may be millions: ``webapp.metrics.step_losses`` has as many as can be seen.
    """
    events = RunEvent.objects.filter(run=run, seq__gt=seq, superseded=False).exclude(kind="steps").order_by("seq")
    rows: Iterable[Any] = events.values("seq", "attempt", "kind", "epoch", "payload", "at")[:limit]
    return list(rows)
