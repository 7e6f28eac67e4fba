"""The database and Redis go away in the middle of a run: it goes on, and nothing is lost or doubled."""

from __future__ import annotations

import time

import pytest

from tests.soak import soak
from tests.work.conftest import (
    Launch,
    StartWorker,
    epochs_of,
    reconcile_until,
    state_of,
    wait_for_epoch,
    wait_for_state,
)
from tests.work.outages import database_away, redis_paused, restart_redis
from webapp.jobs import dispatch, live
from webapp.workers.reconciler import Reconciler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seconds", [6, pytest.param(120, marks=soak)])
def test_a_run_outlasts_the_database(start_worker: StartWorker, launch: Launch, seconds: int) -> None:
    run = launch(epochs=80)
    worker = start_worker(epoch_seconds=seconds / 120, impatient=True)
    wait_for_epoch(run, 2)
    with database_away():
        time.sleep(seconds)
    reconciler = Reconciler()
    reconciler._distrust_leases()  # as one does that has seen the database away itself
    while state_of(run) == "running":
        reconciler.run_once()
        time.sleep(0.2)
    assert (run.state, run.attempt, epochs_of(run)) == ("finished", 1, list(range(1, 81)))
    assert "wait for the database" in worker.said()


@pytest.mark.one_database
def test_runs_outlast_a_redis_that_comes_back_empty(start_worker: StartWorker, launch: Launch) -> None:
    running, queued = launch(epochs=60), launch(epochs=4)
    start_worker(epoch_seconds=0.05)
    wait_for_epoch(running, 2)
    restart_redis(seconds_away=1)
    late = launch(epochs=4)
    reconcile_until(lambda: all(state_of(run) == "finished" for run in (running, queued, late)), 40)
    assert [run.attempt for run in (running, queued, late)] == [1, 1, 1]


@soak
def test_a_run_trains_on_while_redis_forgets_everything_again_and_again(
    start_worker: StartWorker, launch: Launch
) -> None:
    running, queued = launch(epochs=100), [launch(epochs=2) for _ in range(3)]
    start_worker(epoch_seconds=0.1)
    wait_for_epoch(running, 2)
    for _ in range(20):
        dispatch.redis_client().flushall()
        time.sleep(0.3)
    reconcile_until(lambda: all(state_of(run) == "finished" for run in (running, *queued)), 60)
    assert (running.attempt, epochs_of(running)) == (1, list(range(1, 101)))
    assert [run.attempt for run in queued] == [1, 1, 1]


@pytest.mark.one_database
def test_a_launch_while_redis_is_away_is_queued(start_worker: StartWorker, launch: Launch) -> None:
    with redis_paused(3):
        began = time.monotonic()
        run = launch(epochs=2)
        assert time.monotonic() - began < 2.5
        assert (state_of(run), run.published_at) == ("queued", None)
    start_worker()
    reconcile_until(lambda: state_of(run) == "finished")


@pytest.mark.one_database
def test_a_run_does_not_wait_for_a_redis_that_says_nothing(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=30)
    start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 2)
    with redis_paused(5):
        live.hint(run.id, 1)
        wait_for_state(run, "finished", 4)
    assert epochs_of(run) == list(range(1, 31))


def test_two_workers_and_many_messages_make_one_attempt_each(start_worker: StartWorker, launch: Launch) -> None:
    runs = [launch(epochs=10), launch(epochs=10)]
    for run in runs * 10:
        dispatch.notify_workers_now(run)
    workers = [start_worker(epoch_seconds=0.05), start_worker(epoch_seconds=0.05)]
    for run in runs:
        wait_for_state(run, "finished")
        for _ in range(5):
            dispatch.notify_workers_now(run)
    reconcile_until(lambda: dispatch.queue_length("train") == 0)
    assert [(state_of(run), run.attempt) for run in runs] == [("finished", 1)] * 2
    assert sum(worker.said().count("attempt 1, started.") for worker in workers) == 2
