"""A worker that was asleep beyond its lease wakes up, finds its run in other hands, and lets it go by itself."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.soak import soak
from tests.work.conftest import (
    Launch,
    StartWorker,
    WorkerProcess,
    epochs_of,
    reconcile_until,
    state_of,
    thaw,
    wait_for,
    wait_for_epoch,
    wait_for_state,
)
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.workers import reconciler

pytestmark = pytest.mark.django_db(transaction=True)


def fall_asleep(worker: WorkerProcess, *, with_trainers: bool) -> list:
    return worker.freeze(but=[] if with_trainers else worker.trainers())


@pytest.mark.parametrize("with_trainers", [True, pytest.param(False, marks=soak)], ids=["all-asleep", "trainer-awake"])
def test_an_attempt_that_wakes_up_late_is_fenced(
    start_worker: StartWorker, launch: Launch, with_trainers: bool
) -> None:
    run = launch(epochs=60)
    zombie = start_worker(epoch_seconds=0.1)
    wait_for_epoch(run, 3)
    busy = zombie.trainers()
    asleep = fall_asleep(zombie, with_trainers=with_trainers)
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker(epoch_seconds=0.1)
    wait_for(lambda: state_of(run) == "running" and run.attempt == 2 and run.recorded_lines > 3)
    thaw(asleep)
    wait_for(lambda: "no longer belongs to this worker" in zombie.said())
    wait_for(lambda: not any(process.is_running() for process in busy[:1]))
    wait_for_state(run, "finished")
    assert (run.attempt, epochs_of(run)) == (2, list(range(1, 61)))
    started = RunEvent.objects.get(run=run, kind="started", attempt=2)
    assert not RunEvent.objects.filter(run=run, attempt=1, seq__gt=started.seq).exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there a lock is on everything")
def test_a_session_that_sleeps_in_a_transaction_holds_up_its_own_run_only(launch: Launch) -> None:
    locked, other = launch(), launch()
    Run.objects.update(state="running", attempt=1, lease_until="2020-01-01T00:00Z")
    session = connection.copy()
    session.set_autocommit(False)
    with session.cursor() as cursor:
        cursor.execute("SELECT id FROM runs_run WHERE id = %s FOR UPDATE", [locked.pk])
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("2min",)
    reconciler.give_back_lost_jobs()
    assert (state_of(locked), state_of(other)) == ("running", "queued")
    session.close()
    reconciler.give_back_lost_jobs()
    assert state_of(locked) == "queued"


@soak
def test_the_zombie_works_on_once_it_has_let_go(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    zombie = start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 2)
    asleep = zombie.freeze()
    reconcile_until(lambda: state_of(run) == "queued")
    thaw(asleep)
    reconcile_until(lambda: state_of(run) == "finished")
    assert (run.attempt, run.restarts, epochs_of(run)) == (2, 1, list(range(1, 61)))
