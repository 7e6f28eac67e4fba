"""A worker that is told to go saves what it has and gives it back, politely asked or not; the next one goes on."""

from __future__ import annotations

import signal
import time

import pytest

from tests.soak import soak
from tests.work.conftest import (
    Launch,
    StartWorker,
    WorkerProcess,
    epochs_of,
    reconcile_until,
    state_of,
    wait_for_epoch,
    wait_for_state,
)
from trainer.checkpoints import checkpoint_files
from webapp.metrics.curves import curves
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.storage import store

pytestmark = pytest.mark.django_db(transaction=True)
SIGNALS = {"TERM": [signal.SIGTERM], "TERM-TERM": [signal.SIGTERM] * 2, "QUIT": [signal.SIGQUIT]}
SIGNALS |= {"INT-INT": [signal.SIGINT] * 2, "QUIT-QUIT": [signal.SIGQUIT] * 2}
ALWAYS = {"TERM-TERM", "QUIT"}


def tell_to_go(worker: WorkerProcess, numbers: list[signal.Signals]) -> None:
    for number in numbers:
        worker.send(number)
        time.sleep(0.2)
    worker.process.wait(30)


@pytest.mark.one_database
@pytest.mark.parametrize("how", [pytest.param(how, marks=() if how in ALWAYS else soak) for how in SIGNALS])
def test_a_worker_that_goes_gives_its_run_back_saved(start_worker: StartWorker, launch: Launch, how: str) -> None:
    run = launch(epochs=80)
    worker = start_worker(epoch_seconds=0.05, saving_seconds=0.3)
    wait_for_epoch(run, 3)
    tell_to_go(worker, SIGNALS[how])
    assert (state_of(run), run.restarts) == ("queued", 0)
    saved = run.epochs_done
    start_worker()
    wait_for_state(run, "finished")
    assert RunEvent.objects.get(run=run, kind="started", attempt=2).epoch == saved
    assert epochs_of(run) == list(range(1, 81))


@soak
def test_a_worker_whose_every_process_is_told_to_go_saves_once(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=80)
    worker = start_worker(epoch_seconds=0.05, saving_seconds=0.3)
    wait_for_epoch(run, 3)
    for process in worker.family():  # as systemd does
        process.terminate()
    worker.process.wait(30)
    reconcile_until(lambda: state_of(run) == "queued")
    start_worker()
    wait_for_state(run, "finished")
    assert epochs_of(run) == list(range(1, 81))


def digest(run: Run) -> str:
    newest = run.checkpoints.order_by("-epoch").first()
    assert newest is not None
    return checkpoint_files.verify(store.path_of(newest.key)).digest


@pytest.mark.slow
@pytest.mark.one_database
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["TERM", *(pytest.param(how, marks=soak) for how in SIGNALS if how != "TERM")])
def test_a_run_that_was_given_back_is_exact(start_worker: StartWorker, launch: Launch, how: str) -> None:
    disturbed, undisturbed = launch(epochs=80), launch(epochs=80)
    worker = start_worker(keras=True)
    wait_for_epoch(disturbed, 5, seconds=60)
    tell_to_go(worker, SIGNALS[how])
    assert 5 <= disturbed.epochs_done < 80
    start_worker(keras=True)
    for run in (disturbed, undisturbed):
        wait_for_state(run, "finished", 90)
    assert (disturbed.attempt, undisturbed.attempt) == (2, 1)
    assert curves(disturbed) == curves(undisturbed)
    assert digest(disturbed) == digest(undisturbed)
