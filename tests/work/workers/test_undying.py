"""A trainer that SIGKILL does not end: its job is held while it may live, and nobody begins beside it.

A process that hangs in the kernel cannot be made here. One whose tracer does not look at its death looks the same to
its parent: killed, and not to be reaped until the tracer is gone.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import factories
from tests.work.conftest import NOP_TRAINER, wait_for
from webapp.jobs import lifecycle
from webapp.pages.runs.filters import doing
from webapp.runs.models import Run
from webapp.teams.models import Team, User
from webapp.workers import reconciler, shutdown, supervisor, trainer_process
from webapp.workers.handlers.training import RunWork
from webapp.workers.heartbeat import Heartbeat
from webapp.workers.supervisor import Supervision
from webapp.workers.trainer_process import Spares, TrainerProcess

pytestmark = pytest.mark.one_database

TRACER = """
import ctypes, sys, time
PTRACE_SEIZE = 0x4206
assert ctypes.CDLL(None).ptrace(PTRACE_SEIZE, int(sys.argv[1]), 0, 0) == 0
print("holds it", flush=True)
time.sleep(60)
"""


@pytest.fixture
def hold() -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    """Have a process traced, so that it cannot be reaped until its tracer is killed."""
    tracers: list[subprocess.Popen[str]] = []

    def held(pid: int) -> subprocess.Popen[str]:
        tracer = subprocess.Popen([sys.executable, "-c", TRACER, str(pid)], stdout=subprocess.PIPE, text=True)
        tracers.append(tracer)
        assert tracer.stdout
        assert tracer.stdout.readline() == "holds it\n"
        return tracer

    yield held
    for tracer in tracers:
        tracer.kill()
        tracer.communicate()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(trainer_process, "DEATH_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "HUNG_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "SIGTERM_SECONDS", 0.1)
    settings.STOP_GRACE_SECONDS, settings.HEARTBEAT_SECONDS, settings.LEASE_SECONDS = 0.2, 0.2, 1


def test_a_process_that_cannot_be_reaped_is_buried_later(settings: Any, hold: Any) -> None:
    settings.TRAINER_COMMAND = [sys.executable, "-c", "import time; time.sleep(60)"]
    trainer = TrainerProcess()
    tracer = hold(trainer.process.pid)
    assert trainer.reap() is None
    assert trainer._temporary.path.exists()
    tracer.kill()
    tracer.wait()
    assert trainer.reap() == -9
    assert not trainer._temporary.path.exists()


@pytest.fixture
def supervised(
    transactional_db: None, settings: Any, tmp_path: Path, team: Team, member: User
) -> Iterator[Supervision]:
    """The supervision of a run by a trainer that has epochs without end."""
    settings.DATA_DIR = tmp_path
    settings.TRAINER_COMMAND = ["env", "NOP_EPOCH_SECONDS=0.05", sys.executable, str(NOP_TRAINER)]
    run = factories.make_run(factories.make_experiment(team, member), member)
    Run.objects.filter(pk=run.pk).update(spec=run.spec | {"fit": {"epochs": 100_000}})
    heartbeat, spares = Heartbeat(0, ["train"]), Spares("")
    held = lifecycle.claim(Run, run.pk, heartbeat.register())
    assert held is not None
    heartbeat.start()
    yield Supervision(RunWork(held), heartbeat, spares)
    spares.dismiss()
    heartbeat.end()


def beside(supervision: Supervision, hold: Any, act: Callable[[Run, subprocess.Popen[str]], None]) -> Run:
    """Carry the job out, while ``act`` is done in a thread with the run and the tracer of its trainer."""
    taken: list[TrainerProcess] = []
    take = supervision.spares.take
    supervision.spares.take = lambda **options: taken.append(take(**options)) or taken[0]  # type: ignore[method-assign]
    failures: list[Exception] = []

    def acting() -> None:
        try:
            run = Run.objects.get(pk=supervision.job.pk)
            wait_for(lambda: Run.objects.get(pk=run.pk).epochs_done)
            act(run, hold(taken[0].process.pid))
        except Exception as failure:  # noqa: BLE001 - for the thread of the test to show
            failures.append(failure)
            taken[0].process.kill()
        finally:
            connection.close()

    thread = threading.Thread(target=acting)
    thread.start()
    supervision.run()
    thread.join()
    assert not failures, failures
    return Run.objects.get(pk=supervision.job.pk)


def test_its_run_is_held_and_says_so_until_the_process_is_gone(supervised: Supervision, hold: Any) -> None:
    def act(run: Run, tracer: subprocess.Popen[str]) -> None:
        lifecycle.request_stop(run)
        wait_for(lambda: "does not end, not even when killed" in str(doing(Run.objects.get(pk=run.pk))))
        said_at = timezone.now()
        wait_for(lambda: (timezone.now() - said_at).total_seconds() > 1.5)  # longer than a lease
        reconciler.give_back_lost_jobs()
        now = Run.objects.get(pk=run.pk)
        assert (now.state, now.attempt) == ("running", 1)
        assert now.lease_until
        assert now.lease_until > timezone.now()
        tracer.kill()

    run = beside(supervised, hold, act)
    assert (run.state, run.reason, str(run.error)) == ("stopped", "stopped", "")
    assert run.events.filter(kind="epoch").count() == run.epochs_done


def test_a_worker_that_has_to_leave_gives_the_run_to_nobody(
    supervised: Supervision, hold: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LEAVING_SECONDS", 0.5)

    def act(run: Run, tracer: subprocess.Popen[str]) -> None:
        monkeypatch.setattr(shutdown, "is_requested", lambda: True)
        wait_for(lambda: Run.objects.get(pk=run.pk).state != "running")
        tracer.kill()

    run = beside(supervised, hold, act)
    assert run.state == "failed"
    assert "does not end, not even when killed." in str(run.error)
    assert "check that the process is gone, then resume" in str(run.advice)
