"""Points and events from the database, without those that later attempts have superseded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webapp.metrics.models import RunEvent
from webapp.metrics.payloads import readable
from webapp.runs.models import Run

Value = float | str


def curves(run: Run) -> dict[str, list[tuple[int, Value]]]:
    """Every metric's points ``(epoch, value)`` in order; non-finite values are "NaN", "Infinity" or "-Infinity"."""
    found: dict[str, list[tuple[int, Value]]] = {}
    epochs = RunEvent.objects.filter(run=run, kind="epoch", superseded=False).order_by("seq")
    for epoch, metrics in epochs.values_list("epoch", "payload__metrics"):
        for metric, value in metrics.items():
            found.setdefault(metric, []).append((epoch or 0, value))
    return found


def events_after(run: Run, seq: int, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the events after number ``seq``, at most ``limit``, oldest first, in the language of their reader.

    After an event of kind "started" with epoch k, readers must discard what they have beyond epoch k. Step losses are
    left out, because there may be millions: ``webapp.metrics.step_losses`` has as many as can be seen.
    """
    events = RunEvent.objects.filter(run=run, seq__gt=seq, superseded=False).exclude(kind="steps").order_by("seq")
    rows: Iterable[Any] = events.values("seq", "attempt", "kind", "epoch", "payload", "at")[:limit]
    return [row | {"payload": readable(row["payload"])} for row in rows]
