"""A real worker takes a run from its queue to its end."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.work.conftest import StartWorker, epochs_of, state_of, wait_for, wait_for_epoch, wait_for_state
from webapp.jobs import dispatch, lifecycle
from webapp.jobs.models import Worker
from webapp.runs.models import Run
from webapp.workers.tasks import FORMER_TASKS

pytestmark = pytest.mark.django_db(transaction=True)
Launch = Callable[..., Run]
NO_JOB = "00000000-0000-0000-0000-000000000000"


def test_a_run_finishes_with_every_epoch_once(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=6)
    start_worker()
    wait_for_state(run, "finished")
    assert epochs_of(run) == [1, 2, 3, 4, 5, 6]
    assert (run.attempt, run.epochs_done, run.reason) == (1, 6, "completed")
    assert sorted(run.checkpoints.values_list("epoch", flat=True)) == [2, 4, 6]
    assert [change.state for change in run.history.all()] == ["queued", "running", "finished"]


def test_a_message_that_comes_ten_times_trains_once(start_worker: StartWorker, launch: Launch) -> None:
    run = launch()
    for _ in range(9):
        dispatch.notify_workers_now(run)
    worker = start_worker()
    wait_for_state(run, "finished")
    wait_for(lambda: dispatch.queue_length("train") == 0)
    wait_for(lambda: worker.said().count("Nothing to do for") == 9)
    assert (state_of(run), run.attempt) == ("finished", 1)


@pytest.mark.one_database
def test_messages_of_the_first_release_are_understood(start_worker: StartWorker, launch: Launch) -> None:
    from celery import current_app

    run = launch(epochs=2)
    with dispatch.redis_client() as client:
        client.delete("trainyard:train")
    for task in FORMER_TASKS:
        current_app.send_task(task, args=[str(run.pk)], queue="train" if task.endswith(".train") else "evaluate")
    worker = start_worker()
    wait_for_state(run, "finished")
    wait_for(lambda: worker.said().count("Nothing to do for") == len(FORMER_TASKS) - 1)


@pytest.mark.one_database
def test_garbage_in_the_queue_is_ignored_and_logged(start_worker: StartWorker, launch: Launch) -> None:
    from celery import current_app

    worker = start_worker()
    for kind, id in (("runs.run", "no uuid"), ("runs.run", None), ({"a": 1}, NO_JOB), ("runs.run", NO_JOB)):
        current_app.send_task(dispatch.TASK, args=[kind, id], queue="train")
    current_app.send_task("os.system", args=["true"], queue="train")
    run = launch(epochs=2)
    wait_for_state(run, "finished")
    assert worker.said().count("is not a kind and an id of a job") == 3


def test_a_worker_is_seen_and_its_leaving_too(start_worker: StartWorker) -> None:
    worker = start_worker()
    row = wait_for(Worker.objects.first)
    assert (row.is_online, row.queues) == (True, ["evaluate", "train"])
    assert row.devices[-1]["kind"] == "CPU"
    worker.send(signal.SIGTERM)
    worker.process.wait(15)
    assert Worker.objects.get().leaving


def test_a_stopped_run_has_its_latest_checkpoint(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=1000)
    start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 3)
    lifecycle.request_stop(run)
    wait_for_state(run, "stopped")
    newest = run.checkpoints.order_by("-epoch").first()
    assert newest is not None
    assert newest.epoch == run.epochs_done == epochs_of(run)[-1]


@pytest.mark.one_database
def test_a_trainer_that_does_not_listen_is_killed(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=1000)
    worker = start_worker(die_at_epoch=3, die="stubborn")
    wait_for_epoch(run, 2)
    lifecycle.request_stop(run)
    wait_for_state(run, "stopped", 30)
    assert epochs_of(run) == [1, 2]
    assert len(worker.trainers()) == 1, "only the warm spare is left"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("how", "cause", "first_words"),
    [
        ("error", "error", "RuntimeError: the loss went up the chimney"),
        ("oom", "out_of_memory", "MemoryError: cannot allocate 7 terabytes"),
        ("kill", "killed", "The trainer was killed (signal 9) by a person or another program"),
    ],
)
def test_a_crash_fails_the_run_with_the_last_error_line(
    start_worker: StartWorker, launch: Launch, how: str, cause: str, first_words: str
) -> None:
    run = launch()
    start_worker(die_at_epoch=3, die=how)
    wait_for_state(run, "failed")
    assert str(run.error).startswith(first_words)
    assert (run.reason, bool(run.advice), epochs_of(run)) == (cause, True, [1, 2])


@pytest.mark.one_database
def test_workers_do_not_talk_to_each_other(start_worker: StartWorker, launch: Launch) -> None:
    worker = start_worker()
    wait_for_state(launch(epochs=2), "finished")
    assert "mingle" not in worker.said()
