"""A run is stopped in whatever it does at that moment, however often it is asked, and keeps its last checkpoint."""

from __future__ import annotations

import time

import psutil
import pytest
from django.db import OperationalError

from tests.soak import soak
from tests.work.conftest import (
    Launch,
    StartWorker,
    WorkerProcess,
    attempts_folder,
    epochs_of,
    reconcile_until,
    state_of,
    thaw,
    wait_for,
    wait_for_epoch,
    wait_for_state,
)
from webapp.jobs import lifecycle
from webapp.jobs.lifecycle import WrongState
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def wait_for_phase(run: Run, phase: str) -> None:
    file = attempts_folder(run) / "attempt-1" / "phase"
    wait_for(lambda: file.exists() and file.read_text() == phase)


def stop_twice(run: Run) -> None:
    lifecycle.request_stop(run)
    lifecycle.request_stop(run)


@pytest.mark.one_database
@pytest.mark.parametrize("phase", ["starting", "step", pytest.param("validating", marks=soak), "saving"])
def test_a_run_is_stopped_in_every_phase(start_worker: StartWorker, launch: Launch, phase: str) -> None:
    run = launch(epochs=1000)
    worker = start_worker(**{f"{phase}_seconds": 0.7})
    wait_for_phase(run, phase)
    stop_twice(run)
    wait_for_state(run, "stopped", 6)
    assert (run.attempt, run.reason) == (1, "stopped")
    newest = run.checkpoints.order_by("-epoch").first()
    assert run.epochs_done == (newest.epoch if newest else 0)
    wait_for(lambda: len(worker.trainers()) == 1)  # the warm spare


@pytest.mark.one_database
def test_a_trainer_that_never_starts_is_stopped_soon(start_worker: StartWorker, launch: Launch) -> None:
    run = launch()
    start_worker(starting_seconds=3600)
    wait_for_phase(run, "starting")
    stop_twice(run)
    began = time.monotonic()
    wait_for_state(run, "stopped")
    assert time.monotonic() - began < 6
    assert epochs_of(run) == []


def stop_while_frozen(run: Run, worker: WorkerProcess) -> list[psutil.Process]:
    """Freeze the worker and ask for the stop; again when it froze in the middle of a write, which locks the row."""
    for _ in range(5):
        asleep = worker.freeze()
        try:
            lifecycle.request_stop(run)
        except OperationalError:
            thaw(asleep)
            continue
        return asleep
    raise AssertionError("the worker was in the middle of a write five times")


def test_a_stop_outlives_the_worker_that_was_to_stop(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=1000)
    worker = start_worker(epoch_seconds=0.05)
    wait_for_epoch(run, 3)
    asleep = stop_while_frozen(run, worker)
    worker.kill()
    thaw(asleep)  # a trainer that slept before it was tied to its worker has to notice by itself
    start_worker(epoch_seconds=0.05)
    reconcile_until(lambda: state_of(run) == "stopped")
    assert (run.attempt, run.restarts) == (1, 0)
    with pytest.raises(WrongState, match="is stopped"):
        lifecycle.request_stop(run)


def test_a_run_that_was_stopped_while_queued_is_never_taken(start_worker: StartWorker, launch: Launch) -> None:
    stopped, other = launch(epochs=2), launch(epochs=2)
    lifecycle.request_stop(stopped)
    start_worker()
    wait_for_state(other, "finished")
    assert (state_of(stopped), stopped.attempt) == ("stopped", 0)
