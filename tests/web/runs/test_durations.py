from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import make_experiment, make_run
from webapp.jobs import lifecycle
from webapp.jobs.models import JobState, Worker
from webapp.runs.durations import time_at_work
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.one_database

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HISTORIES = {
    "never taken": ([("queued", 0), ("stopped", 5)], 0),
    "one attempt": ([("queued", 0), ("running", 3), ("finished", 10)], 7),
    "asked to stop on the way": ([("running", 0), ("running", 4), ("stopped", 6)], 6),
    "the pause before a resume does not count": (
        [("running", 0), ("finished", 10), ("queued", 300), ("running", 310), ("finished", 315)], 15,
    ),
    "still at it": ([("running", 0), ("queued", 2), ("running", 5)], 2),
    "a clock that went back": ([("running", 5), ("finished", 3)], 0),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_only_the_time_in_a_worker_counts(name: str) -> None:
    history, seconds = HISTORIES[name]
    rows = [(state, NOON + timedelta(seconds=at)) for state, at in history]
    assert time_at_work(rows) == timedelta(seconds=seconds)


@pytest.mark.django_db
def test_a_run_knows_how_long_workers_were_at_it(team: Team, member: User) -> None:
    run = make_run(make_experiment(team, member), member)
    now = timezone.now()
    worker = Worker.objects.create(id="w", host="h", pid=1, started_at=now, last_seen_at=now)
    assert run.duration is None
    claimed = lifecycle.claim(Run, run.pk, worker)
    assert claimed is not None
    assert claimed.duration is not None
    run.history.filter(state="running").update(at=now - timedelta(seconds=60))
    lifecycle.end(claimed, JobState.FINISHED)
    run.refresh_from_db()
    assert run.duration is not None
    assert 59 < run.duration.total_seconds() < 75
