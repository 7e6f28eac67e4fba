"""How long workers worked on a run: its attempts, without the time between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from webapp.jobs.models import JobState


def time_at_work(history: Iterable[tuple[str, datetime]]) -> timedelta:
    """The total time in which the state was "running". ``history`` is a run's, oldest first."""
    total, since = timedelta(), None
    for state, at in history:
        if state == JobState.RUNNING:
            since = since or at
        elif since is not None:
            total, since = total + max(at - since, timedelta()), None
    return total
