"""What a trainer process is given, and that nothing is left of it."""

from __future__ import annotations

import sys
from typing import Any

import psutil
import pytest

from webapp.workers.trainer_process import TrainerProcess, trainer_environment

pytestmark = pytest.mark.one_database

WITH_A_CHILD = "import subprocess, sys, time; subprocess.Popen(['sleep', '60']); print(flush=True); time.sleep(60)"


def test_a_trainer_learns_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "AWS_SECRET_ACCESS_KEY", "SOME_TOKEN"):
        monkeypatch.setenv(name, "hush")
    given = trainer_environment(gpus="1")
    assert "hush" not in given.values()
    assert given["CUDA_VISIBLE_DEVICES"] == "1"


def test_what_a_trainer_started_ends_with_it(settings: Any) -> None:
    settings.TRAINER_COMMAND = [sys.executable, "-c", WITH_A_CHILD]
    trainer = TrainerProcess()
    process = psutil.Process(trainer.process.pid)
    while not (children := process.children()):
        pass
    assert trainer.reap() == -9
    _, alive = psutil.wait_procs(children, timeout=3)
    assert not alive


def test_a_trainer_that_cannot_start_has_last_words(settings: Any) -> None:
    settings.TRAINER_COMMAND = [sys.executable, "-c", "raise ImportError('no keras here')"]
    trainer = TrainerProcess()
    trainer.process.wait(10)
    trainer.reap()
    assert "no keras here" in trainer.log_tail(settings.DATA_DIR / "no such log")
