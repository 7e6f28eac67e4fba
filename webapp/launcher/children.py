"""One child process: how it is started, watched and ended."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from trainer.system.parent_death import die_with_parent

MAX_LOG_BYTES = 5 * 1024 * 1024
LONGEST_PAUSE_SECONDS = 30
# A process that ran this long is healthy: after its next end the pause starts from the shortest again.
HEALTHY_SECONDS = 60
# Only at the start of a line, after Celery's optional "[time: ": elsewhere the word may be part of a requested address.
LOGGED_ERROR = re.compile(r"^(?:\[[^]]*: )?(?:ERROR|CRITICAL)\b")


@dataclass
class Child:
    """A process in a session of its own, so that Ctrl-C reaches only the supervisor, which ends all in order.

    It writes directly to its log file, not to a pipe, so that a worker that saves its last checkpoint can still log
    it after the supervisor has died.
    """

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    starts_again_at: float = 0.0
    pause_seconds: float = 1.0
    _read_to: int = field(default=0, init=False)

    def start(self) -> None:
        """Start the process, tied to this one."""
        self.make_room_in_log()
        me = os.getpid()
        with self.log.open("ab") as log:
            self._read_to = log.tell()
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(me),  # noqa: PLW1509 - the supervisor has one thread
            )
        self.started_at = time.monotonic()

    def make_room_in_log(self) -> None:
        """Copy a long log to a file beside it and truncate it, because the process has it open for appending."""
        if not self.log.exists() or self.log.stat().st_size <= MAX_LOG_BYTES:
            return
        older = self.log.with_suffix(".old.log")
        try:
            shutil.copyfile(self.log, older)
        except OSError:  # on a full disk, space is more important than old lines
            older.unlink(missing_ok=True)
        os.truncate(self.log, 0)
        self._read_to = 0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> float:
        """After an unexpected end, decide when to start again; returns the pause in seconds."""
        if time.monotonic() - self.started_at > HEALTHY_SECONDS:
            self.pause_seconds = 1.0
        pause = self.pause_seconds
        self.pause_seconds = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self.starts_again_at = time.monotonic() + pause
        self.sweep()
        return pause

    def ask_to_end(self) -> None:
        if self.is_running and self.process is not None:
            self.process.terminate()

    def sweep(self) -> None:
        """Kill what is left of the process and of those it started."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def new_errors(self) -> list[str]:
        """The error lines that the process has logged since the last call."""
        if not self.log.exists():
            return []
        with self.log.open("rb") as log:
            log.seek(self._read_to)
            text = log.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._read_to += len(complete)
        return [line for line in complete.decode(errors="replace").splitlines() if LOGGED_ERROR.match(line)]

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, for a process that did not start."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:]) if self.log.exists() else ""
