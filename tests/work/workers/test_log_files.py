"""The log file of a process stays short while it runs, and the process goes on writing to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.work.conftest import wait_for
from webapp.launcher import children
from webapp.launcher.supervisor import Supervisor

pytestmark = pytest.mark.one_database

TALKS = """
import pathlib, sys, time
for number in range(1000):
    print("line", number, flush=True)
print("ERROR the last of many", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
print("again", flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(children, "MAX_LOG_BYTES", 5000)
    command = [sys.executable, "-c", TALKS, str(tmp_path / "go")]
    child = children.Child("talker", command, os.environ, tmp_path / "talker.log")
    child.start()
    yield child
    child.sweep()


def test_a_long_log_is_moved_aside_while_its_process_runs(child, tmp_path: Path):
    said: list[str] = []
    supervisor = Supervisor([], [child], said.append, grace=1)
    wait_for(lambda: "ERROR" in child.log.read_text())
    supervisor._look_after(child)
    assert child.log.read_text() == ""
    assert said == ["talker: ERROR the last of many"]
    older = (tmp_path / "talker.old.log").read_text().splitlines()
    assert (older[0], older[-2]) == ("line 0", "line 999")
    (tmp_path / "go").touch()
    wait_for(lambda: child.log.read_text() == "again\n")
    supervisor._look_after(child)
    assert child.log.read_text() == "again\n"


def test_a_disk_that_is_full_costs_the_older_lines_alone(child, tmp_path: Path, monkeypatch):
    wait_for(lambda: "ERROR" in child.log.read_text())
    (tmp_path / "talker.old.log").symlink_to("/dev/full")
    child.make_room_in_log()
    assert child.log.read_text() == ""
    assert not (tmp_path / "talker.old.log").exists()
