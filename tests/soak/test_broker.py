"""See tests/soak/broker.py, which says how long and how often."""

from __future__ import annotations

import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.proxy import UnixProxy
from tests.work.conftest import (
    Launch,
    StartWorker,
    epochs_of,
    launch,
    reconcile_until,
    start_worker,
    state_of,
    wait_for_epoch,
    wait_for_state,
)
from tests.work.outages import restart_redis

__all__ = ["launch", "start_worker"]  # fixtures
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("SILENT_SECONDS" not in os.environ, reason="takes minutes: python -m tests.soak.broker"),
]
SILENT_SECONDS = float(os.environ.get("SILENT_SECONDS", "90"))
RESTARTS = int(os.environ.get("RESTARTS", "20"))
HEARS_AGAIN_SECONDS = 60


def test_a_worker_hears_again_after_its_connection_went_dead(
    start_worker: StartWorker, launch: Launch, worker_env: dict[str, str]
) -> None:
    proxy = UnixProxy(Path(urlsplit(worker_env["REDIS_URL"]).path))
    worker_env["REDIS_URL"] = f"unix://{proxy.path}?db=0"
    start_worker()
    wait_for_state(launch(epochs=2), "finished")
    proxy.fall_silent()
    time.sleep(SILENT_SECONDS)
    proxy.speak()
    began, run = time.monotonic(), launch(epochs=2)
    reconcile_until(lambda: state_of(run) == "finished", HEARS_AGAIN_SECONDS)
    print(f"took the next run {time.monotonic() - began:.0f} s after the broker was back")


def test_a_run_trains_through_the_silence_and_is_complete(
    start_worker: StartWorker, launch: Launch, worker_env: dict[str, str]
) -> None:
    proxy = UnixProxy(Path(urlsplit(worker_env["REDIS_URL"]).path))
    worker_env["REDIS_URL"] = f"unix://{proxy.path}?db=0"
    run = launch(epochs=120)
    start_worker(epoch_seconds=SILENT_SECONDS / 100)
    wait_for_epoch(run, 2)
    proxy.fall_silent()
    time.sleep(SILENT_SECONDS)
    assert (state_of(run), run.attempt) == ("running", 1)
    assert run.epochs_done > 60, "what the trainer does reaches the database without Redis"
    proxy.speak()
    wait_for_state(run, "finished", SILENT_SECONDS)
    assert (run.attempt, epochs_of(run)) == (1, list(range(1, 121)))


def test_a_run_trains_while_redis_restarts_again_and_again(start_worker: StartWorker, launch: Launch) -> None:
    run = launch(epochs=60)
    start_worker(epoch_seconds=RESTARTS / 40)
    wait_for_epoch(run, 2)
    for _ in range(RESTARTS):
        restart_redis(seconds_away=0.5)
    assert (state_of(run), run.attempt) == ("running", 1)
    wait_for_state(run, "finished", 3 * RESTARTS)
    assert (run.attempt, epochs_of(run)) == (1, list(range(1, 61)))


def test_a_worker_hears_again_after_every_restart(start_worker: StartWorker, launch: Launch) -> None:
    start_worker()
    longest = 0.0
    for _ in range(RESTARTS):
        restart_redis(seconds_away=0.5)
        began, run = time.monotonic(), launch(epochs=2)
        reconcile_until(lambda run=run: state_of(run) == "finished", HEARS_AGAIN_SECONDS)
        longest = max(longest, time.monotonic() - began)
    print(f"{RESTARTS} restarts, took the next run at most {longest:.0f} s later")
