"""What a killed worker could not record any more is on its disk, and the next attempt there begins with it."""

from __future__ import annotations

import shutil

import pytest
from django.db import transaction

from tests.soak import soak
from tests.work.conftest import (
    Launch,
    StartWorker,
    attempts_folder,
    epochs_of,
    reconcile_until,
    state_of,
    wait_for,
    wait_for_epoch,
    wait_for_state,
)
from trainer.events.events import CheckpointSaved, parse_line
from trainer.messages.message import Message
from webapp.launches.lifecycle import resume
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def written(run: Run, attempt: int = 1) -> list[int]:
    """Epochs of the checkpoints that the attempt wrote. What follows the last line's end is being written."""
    whole, _, _ = (attempts_folder(run) / f"attempt-{attempt}" / "events.jsonl").read_bytes().rpartition(b"\n")
    return [event.epoch for event in map(parse_line, whole.splitlines()) if isinstance(event, CheckpointSaved)]


def kill_while_nothing_is_recorded(run: Run, start_worker: StartWorker) -> int:
    """Kill a worker that has not been able to record for a while; returns the last epoch that it has saved."""
    worker = start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 3)
    with transaction.atomic():
        recorded = Run.objects.select_for_update().get(id=run.id).epochs_done
        wait_for(lambda: written(run) and written(run)[-1] >= recorded + 6)
        worker.kill()
    return written(run)[-1]


def started(run: Run, attempt: int = 2) -> int:
    epoch = RunEvent.objects.get(run=run, kind="started", attempt=attempt).epoch
    assert epoch is not None
    return epoch


def test_a_run_goes_on_from_a_checkpoint_that_nobody_was_told_of(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    saved = kill_while_nothing_is_recorded(run, start_worker)
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert (started(run), epochs_of(run)) == (saved, list(range(1, 61)))
    assert run.checkpoints.get(attempt=1, epoch=saved).metrics["loss"] == 1 / saved
    assert "Recovered what attempt 1 left" in str(Message.from_json(run.events.get(kind="log").payload["message"]))


def test_a_checkpoint_that_got_its_name_but_no_line_is_used(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    saved = kill_while_nothing_is_recorded(run, start_worker)
    file = attempts_folder(run) / "attempt-1" / "events.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if b'"kind":"checkpoint"' in line)
    file.write_bytes(b"".join(lines[:last]))
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert (started(run), epochs_of(run)) == (saved, list(range(1, 61)))


@soak
def test_a_checkpoint_that_is_not_whole_is_left_behind(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    saved = kill_while_nothing_is_recorded(run, start_worker)
    damaged = attempts_folder(run) / "attempt-1" / "checkpoints" / f"cp-{saved:04d}"
    (damaged / "model.keras").write_bytes(b"noise")
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert (started(run), epochs_of(run)) == (saved - 2, list(range(1, 61)))
    shutil.rmtree(damaged)


@soak
def test_what_is_left_is_not_taken_up_twice(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    saved = kill_while_nothing_is_recorded(run, start_worker)
    Run.objects.filter(id=run.id).update(state="stopped", worker=None, lease_until=None)
    for epochs in (70, 80):
        resume(run, user=None, epochs=epochs)
        worker = start_worker()
        wait_for_state(run, "finished")
        worker.kill()
    assert started(run) == saved
    assert run.events.filter(kind="log").count() == 1
    assert epochs_of(run) == list(range(1, 81))


@soak
def test_what_was_left_before_a_later_attempt_began_is_removed(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    saved = kill_while_nothing_is_recorded(run, start_worker)
    events = attempts_folder(run) / "attempt-1" / "events.jsonl"
    hidden = events.rename(events.with_name("hidden"))
    reconcile_until(lambda: state_of(run) == "queued")
    worker = start_worker(epoch_seconds=0.05)
    wait_for(lambda: state_of(run) == "running" and run.epochs_done > saved)
    worker.kill()
    hidden.rename(events)
    assert (events.parent / "checkpoints" / f"cp-{saved:04d}").exists()
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert (epochs_of(run), started(run, 3) >= saved > started(run, 2)) == (list(range(1, 61)), True)
    assert not (events.parent / "checkpoints" / f"cp-{saved:04d}").exists()
