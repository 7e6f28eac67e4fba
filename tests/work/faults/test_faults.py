"""Workers that are killed, messages that are lost, databases that are busy: every run gets to its end."""

from __future__ import annotations

import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest
from django.db import connection

from tests.work.conftest import (
    Launch,
    StartWorker,
    WorkerProcess,
    epochs_of,
    reconcile_until,
    state_of,
    wait_for,
    wait_for_epoch,
    wait_for_state,
)
from trainer.messages.message import Message
from webapp.jobs import dispatch, lifecycle
from webapp.jobs.models import JobState, Worker
from webapp.launches import lifecycle as runs
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.storage import retention, store
from webapp.workers import reconciler

pytestmark = pytest.mark.django_db(transaction=True)


def kill_at_epoch(run: Run, worker: WorkerProcess, epoch: int) -> list[psutil.Process]:
    wait_for_epoch(run, epoch)
    return worker.kill()


def test_a_killed_worker_leaves_no_trainer_and_its_run_goes_on(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=30)
    trainers = kill_at_epoch(run, start_worker(epoch_seconds=0.1), 5)
    assert trainers
    _, alive = psutil.wait_procs(trainers, timeout=3)
    assert not alive
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert epochs_of(run) == list(range(1, 31))
    assert (run.attempt, run.restarts) == (2, 1)
    assert RunEvent.objects.filter(run=run, kind="started", attempt=2).get().epoch in (4, 6, 8)


def test_a_run_is_restarted_at_most_three_times(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=1000)
    Run.objects.filter(id=run.id).update(restarts=3)
    kill_at_epoch(run, start_worker(epoch_seconds=0.1), 1)
    reconcile_until(lambda: state_of(run) == "failed")
    assert "Interrupted 4 times" in str(run.error)


def test_redis_that_forgot_everything_is_told_again(start_worker: StartWorker, launch: Launch) -> None:
    queued = [launch(epochs=2), launch(epochs=2)]
    dispatch.redis_client().flushall()
    start_worker()
    reconcile_until(lambda: all(state_of(run) == "finished" for run in queued))


def test_redis_is_not_told_again_of_what_it_knows(launch: Launch) -> None:
    dispatch.redis_client().flushall()
    run = launch()
    Run.objects.filter(id=run.id).update(queued_at="2020-01-01T00:00Z", published_at="2020-01-01T00:00Z")
    reconciler.notify_again()
    assert dispatch.queue_length("train") == 1
    dispatch.redis_client().flushall()
    reconciler.notify_again()
    assert dispatch.queue_length("train") == 1


def test_a_worker_that_is_told_to_leave_gives_its_run_back(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=40)
    worker = start_worker(epoch_seconds=0.1)
    wait_for_epoch(run, 3)
    worker.send(signal.SIGTERM)
    worker.process.wait(15)
    assert (state_of(run), run.restarts) == ("queued", 0)
    saved = run.checkpoints.order_by("-epoch").first()
    start_worker()
    wait_for_state(run, "finished")
    assert saved is not None
    assert (
        RunEvent.objects.filter(run=run, kind="started", attempt=2).get().epoch
        == saved.epoch
        == epochs_of(run)[saved.epoch - 1]
    )


@pytest.mark.one_database
def test_a_damaged_checkpoint_is_passed_over(start_worker: StartWorker, launch: Launch, settings: object) -> None:
    run = launch(epochs=6)
    start_worker()
    wait_for_state(run, "finished")
    newest = run.checkpoints.get(epoch=6)
    (store.path_of(newest.key) / "model.keras").write_bytes(b"noise")
    runs.resume(run, user=None, epochs=8)
    wait_for_state(run, "finished")
    newest.refresh_from_db()
    assert "model.keras" in str(newest.damaged)
    assert epochs_of(run) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert "cannot be used" in str(Message.from_json(RunEvent.objects.get(run=run, kind="log").payload["message"]))


def test_a_run_that_was_given_away_is_let_go(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=1000)
    worker = start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 2)
    busy = {process.pid for process in worker.trainers()}
    Run.objects.filter(id=run.id).update(attempt=2, recorded_lines=0, state=JobState.QUEUED, worker=None)
    lifecycle.request_stop(run)
    wait_for(lambda: len(busy & {process.pid for process in worker.trainers()}) < len(busy))
    assert state_of(run) == "stopped"
    wait_for(lambda: "no longer belongs to this worker" in worker.said())


def test_events_wait_for_a_database_that_is_disturbed(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=40)
    start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 2)
    disturb_database(3)
    wait_for_state(run, "finished")
    assert (run.attempt, epochs_of(run)) == (1, list(range(1, 41)))
    assert list(run.events.values_list("seq", flat=True)) == list(range(1, run.last_seq + 1))


def disturb_database(seconds: float) -> None:
    """SQLite: let nobody else write for a while. PostgreSQL: cut every other connection, again and again."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(Path(connection.settings_dict["NAME"]), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()
        return
    with connection.cursor() as cursor:
        for _ in range(int(seconds / 0.1)):
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            time.sleep(0.1)


def test_a_worker_that_went_away_is_not_online(start_worker: StartWorker) -> None:
    worker = start_worker()
    wait_for(Worker.objects.exists)
    worker.kill()
    Worker.objects.update(last_seen_at="2020-01-01T00:00Z")
    assert not Worker.objects.get().is_online
    reconciler.forget_old_workers()
    assert not Worker.objects.exists()


@pytest.mark.one_database
def test_a_run_of_which_every_checkpoint_is_damaged_is_not_begun_anew(
    start_worker: StartWorker, launch: Launch
) -> None:
    run = launch(epochs=6)
    start_worker()
    wait_for_state(run, "finished")
    for checkpoint in run.checkpoints.all():
        (store.path_of(checkpoint.key) / "model.keras").write_bytes(b"noise")
    runs.resume(run, user=None, epochs=8)
    wait_for_state(run, "failed")
    assert str(run.error).startswith("None of the checkpoints of run 1 can be used: cp-0006/model.keras has 5 bytes")
    assert (run.reason, "Launch it again" in str(run.advice)) == ("bad_checkpoint", True)
    assert epochs_of(run) == [1, 2, 3, 4, 5, 6]


@pytest.mark.one_database
def test_a_run_whose_checkpoints_were_deleted_is_not_begun_anew(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=2)
    start_worker()
    wait_for_state(run, "finished")
    retention.delete(run.checkpoints.get())
    with pytest.raises(runs.WrongState, match="The files of all checkpoints of run 1 were deleted"):
        runs.resume(run, user=None, epochs=8)
    assert state_of(run) == "finished"
