"""The disk below the runs is full, or read-only after an error, while a real trainer works on it.

The run goes on or fails in words that say what to do, and goes on exactly from its last whole checkpoint.
"""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.disks import Disk, FailingDisk, SmallDisk
from tests.soak import soak
from tests.work.conftest import Launch, StartWorker, epochs_of, wait_for_epoch, wait_for_state
from trainer.checkpoints import checkpoint_files
from webapp.launches import lifecycle as runs
from webapp.metrics.curves import curves
from webapp.runs.models import Run
from webapp.storage import store
from webapp.teams.models import User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the database lies on another disk"),
    soak,
]
EPOCHS = 150


def runs_on(disk: Disk) -> Iterator[Disk]:
    """Have the folders of all runs on ``disk``."""
    folder: Path = settings.DATA_DIR / "runs"
    aside = folder.with_name("runs-aside")
    if folder.exists():
        folder.rename(aside)
    folder.symlink_to(disk.path)
    yield disk
    folder.unlink()
    if aside.exists():
        aside.rename(folder)
    disk.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    yield from runs_on(SmallDisk(tmp_path / "small", kilobytes=16_384))


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[Disk]:
    yield from runs_on(FailingDisk(tmp_path))


@pytest.fixture
def page_of(client_of: Callable[[User], Client], member: User) -> Callable[[Run], str]:
    return lambda run: html.unescape(client_of(member).get(reverse("run", args=[run.pk])).content.decode())


def digest(run: Run) -> str:
    newest = run.checkpoints.order_by("-epoch").first()
    assert newest is not None
    return checkpoint_files.verify(store.path_of(newest.key)).digest


def assert_exact(run: Run, launch: Launch) -> None:
    """``run`` ended as one does that nobody disturbed."""
    undisturbed = launch(epochs=EPOCHS)
    wait_for_state(undisturbed, "finished", 120)
    assert epochs_of(run) == list(range(1, EPOCHS + 1))
    assert curves(run) == curves(undisturbed)
    assert digest(run) == digest(undisturbed)


def test_a_run_goes_on_over_a_full_disk(
    small_disk: Disk, start_worker: StartWorker, launch: Launch, page_of: Callable[[Run], str]
) -> None:
    run = launch(epochs=EPOCHS)
    start_worker(keras=True)
    wait_for_epoch(run, 5, seconds=120)
    with small_disk.full():
        wait_for_silence(run)
    wait_for_state(run, "finished", 120)
    assert "Events could not be written for a while (No space left on device)" in page_of(run)
    assert_exact(run, launch)


def wait_for_silence(run: Run) -> None:
    """Until the trainer has written no event for as long as it takes for many epochs."""
    (events,) = settings.DATA_DIR.glob(f"runs/{run.pk.hex}/attempt-*/events.jsonl")
    size, since = -1, time.monotonic()
    while time.monotonic() < since + 1.5:
        if events.stat().st_size != size:
            size, since = events.stat().st_size, time.monotonic()
        time.sleep(0.05)


def test_a_run_that_found_no_space_to_the_end_goes_on_later(
    small_disk: Disk, start_worker: StartWorker, launch: Launch, page_of: Callable[[Run], str]
) -> None:
    run = launch(epochs=EPOCHS)
    start_worker(keras=True)
    wait_for_epoch(run, 5, seconds=120)
    with small_disk.full():
        wait_for_state(run, "failed", 120)
    assert "The disk is full" in str(run.error)
    assert "resume the run" in str(run.advice)
    assert str(run.error) in page_of(run)
    runs.resume(run, user=None)
    wait_for_state(run, "finished", 120)
    assert_exact(run, launch)


def test_a_run_that_finds_a_full_disk_at_its_start_says_so(
    small_disk: Disk, start_worker: StartWorker, launch: Launch
) -> None:
    run = launch(epochs=EPOCHS)
    with small_disk.full():
        start_worker(keras=True)
        wait_for_state(run, "failed", 120)
    assert "The disk is full" in str(run.error)
    runs.resume(run, user=None)
    wait_for_state(run, "finished", 120)
    assert_exact(run, launch)


def test_a_run_whose_disk_fails_goes_on_when_it_was_mended(
    failing_disk: FailingDisk, start_worker: StartWorker, launch: Launch, page_of: Callable[[Run], str]
) -> None:
    run = launch(epochs=EPOCHS)
    start_worker(keras=True)
    wait_for_epoch(run, 5, seconds=120)
    failing_disk.fail()
    wait_for_state(run, "failed", 120)
    assert "The disk is read-only" in str(run.error)
    assert str(run.error) in page_of(run)
    failing_disk.mend()
    runs.resume(run, user=None)
    wait_for_state(run, "finished", 120)
    assert_exact(run, launch)
