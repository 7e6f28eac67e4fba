"""Real workers: a Celery worker in a process of its own, with a trainer that trains nothing quickly."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection

from tests import factories, invariants
from trainer.spec import Checkpoints, DatasetChoice, Fit, Spec
from webapp.jobs import dispatch
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User
from webapp.workers import reconciler

NOP_TRAINER = Path(__file__).resolve().parent.parent / "nop_trainer.py"
BOTH = "train,evaluate"


class WorkerProcess:
    """``celery -A webapp worker`` with one pool child; its trainer is the nop trainer unless ``keras`` is asked for."""

    def __init__(
        self,
        environment: dict[str, str],
        keras: bool = False,
        impatient: bool = False,
        queues: str = BOTH,
        **options: Any,
    ) -> None:
        words = [f"NOP_{name.upper()}={value}" for name, value in options.items()]
        if not keras:
            environment["TRAINER_COMMAND"] = " ".join(["env", *words, sys.executable, str(NOP_TRAINER)])
        environment["DJANGO_SETTINGS_MODULE"] = "tests.work.impatient" if impatient else "webapp.settings"
        environment |= {
            "HEARTBEAT_SECONDS": "1",
            "LEASE_SECONDS": "3",
            "STOP_GRACE_SECONDS": "1",
            "CELERY_SKIP_CHECKS": "1",
        }
        self.log = (settings.DATA_DIR / f"worker-{time.monotonic()}.log").open("w+")
        command = [sys.executable, "-m", "celery", "-A", "webapp", "worker", "-Q", queues, "-l", "INFO"]
        self.process = subprocess.Popen(
            command, env=environment, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def family(self) -> list[psutil.Process]:
        """The main process, its pool child, and their trainers."""
        if self.process.poll() is not None:
            return []
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def trainers(self) -> list[psutil.Process]:
        """Trainers of this worker, the warm spare included."""
        return [process for process in self.family() if is_trainer(process)]

    def freeze(self, but: Sequence[psutil.Process] = ()) -> list[psutil.Process]:
        """Stop all of it in the middle of whatever it does; returns what to :func:`thaw`.

        Not in the middle of a transaction of SQLite: then nobody could write until it wakes up.
        """
        frozen = [process for process in self.family() if process not in but]
        while True:
            for process in frozen:
                process.suspend()
            if can_write():
                return frozen
            thaw(frozen)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> list[psutil.Process]:
        """Kill -9 the main process and its pool; returns the trainers that were alive."""
        trainers = self.trainers()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return trainers

    def said(self) -> str:
        return Path(self.log.name).read_text()


def can_write() -> bool:
    """Whether nobody holds the lock of SQLite."""
    if connection.vendor != "sqlite":
        return True
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0.2, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True


def is_trainer(process: psutil.Process) -> bool:
    try:
        return "nop_trainer.py" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


StartWorker = Callable[..., WorkerProcess]
Launch = Callable[..., Run]


@pytest.fixture
def start_worker(worker_env: dict[str, str], transactional_db: None) -> Iterator[StartWorker]:
    """Start workers; options are those of the nop trainer, such as ``epoch_seconds=0.1``.

    In the end all of them are killed, and whatever was done to them, the invariants hold.
    """
    dispatch.redis_client().flushall()
    started: list[WorkerProcess] = []

    def start(**options: Any) -> WorkerProcess:
        started.append(WorkerProcess(dict(worker_env), **options))
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.kill()
        print(worker.said())  # pytest shows it when the test fails
    invariants.check(reported="".join(worker.said() for worker in started))
    for worker in started:
        worker.log.close()


@pytest.fixture
def launch(team: Team, member: User) -> Callable[..., Run]:
    """Launch a run of so many epochs as a person does, with a checkpoint every other epoch unless told otherwise."""
    experiment = factories.make_experiment(team, member)

    def launched(epochs: int = 6, every: int = 2) -> Run:
        fit, saved = Fit(epochs=epochs), Checkpoints(every_epochs=every)
        spec = Spec(dataset=DatasetChoice(name=experiment.dataset.name), fit=fit, checkpoints=saved)
        return runs.launch(experiment, spec, user=member)

    return launched


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait until ``condition()`` is true and return what it returns; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if outcome := condition():
            return outcome
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} seconds in vain")


def reconcile_until(condition: Callable[[], Any], seconds: float = 20) -> None:
    """Look for forgotten work, as the reconciler does, until ``condition()``."""

    def looked() -> Any:
        reconciler.give_back_lost_jobs()
        reconciler.notify_again()
        return condition()

    wait_for(looked, seconds)


def thaw(frozen: Iterable[psutil.Process]) -> None:
    """Let stopped processes go on."""
    for process in frozen:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def attempts_folder(run: Run) -> Path:
    """Where the attempts of the run write."""
    return invariants.attempts_folder(run)


def state_of(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def wait_for_state(run: Run, state: str, seconds: float = 20) -> None:
    try:
        wait_for(lambda: state_of(run) == state, seconds)
    except AssertionError:
        raise AssertionError(f"the run is {run.state} ({run.error}) after {seconds} seconds, not {state}") from None


def wait_for_epoch(run: Run, epoch: int, seconds: float = 20) -> None:
    def reached() -> bool:
        run.refresh_from_db()
        return run.epochs_done >= epoch

    wait_for(reached, seconds)


def epochs_of(run: Run) -> list[int]:
    """The epochs on the chart."""
    from webapp.metrics.curves import curves

    return [epoch for epoch, _ in curves(run).get("loss", [])]
