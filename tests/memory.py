"""Processes with little memory: a control group of the kernel's, which kills in it what wants more."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

ROOT = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A group whose processes have so many megabytes together. Works with both versions of control groups."""

    def __init__(self, megabytes: int) -> None:
        version_1 = ROOT / "memory"
        self._folder = (version_1 if version_1.is_dir() else ROOT) / f"trainyard-test-{os.getpid()}"
        limit = "memory.limit_in_bytes" if version_1.is_dir() else "memory.max"
        try:
            self._folder.mkdir()
            (self._folder / limit).write_text(str(megabytes << 20))
        except OSError as error:
            self.close()
            pytest.skip(f"no control group can be made here: {error}")

    def add(self, pid: int) -> None:
        """From now on the process and those it starts belong to it."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    def close(self) -> None:
        """Kill what is left in it, and remove it."""
        deadline = time.monotonic() + 5
        while self._folder.is_dir() and time.monotonic() < deadline:
            try:
                self._folder.rmdir()
            except OSError:
                for pid in (self._folder / "cgroup.procs").read_text().split():
                    os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.05)
