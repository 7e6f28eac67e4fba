"""The real product for tests and measurements: ``manage.py up`` on a free port with a data folder of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from webapp.launcher.address import free_port

ROOT = Path(__file__).resolve().parent.parent
# Set by the tests for themselves; the product is to find its own.
NOT_INHERITED = ("REDIS_URL", "DATABASE_URL", "TEST_SQLITE", "TEST_DATABASE", "TRAINYARD_DATA", "HOST", "PORT")
START_SECONDS = 90
# For tests that need no training: warm trainers of Keras would take most of the processor.
NO_KERAS = {"TRAINER_COMMAND": f"{sys.executable} {ROOT / 'tests' / 'nop_trainer.py'}"}
STOP_SECONDS = 60


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


class Product:
    """Starts when made; ``line`` is what it printed when it was ready, ``link`` the sign-in link in it."""

    def __init__(self, data: Path, port: int | None = None, inside: Sequence[str] = (), **variables: str) -> None:
        self.data, self.inside = data, inside  # where its disk is, see tests/disks.py
        self.port = port or free_port()
        self.environment = clean_environment() | {"TRAINYARD_DATA": str(data), "PORT": str(self.port)} | variables
        self.start()

    def start(self) -> None:
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [*self.inside, sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.line = self._first_line()
        self.start_seconds = time.monotonic() - begun
        self.link = "".join(re.findall(r"http\S+", self.line))

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _first_line(self) -> str:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        return self.process.stdout.readline().strip() if ready else ""

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does, or by another signal; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def logs(self) -> str:
        """All that its processes wrote, for the message of a test that fails."""
        files = sorted((self.data / "logs").glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)

    def manage(self, *words: str) -> str:
        """What a management command prints, run beside the product."""
        command = [*self.inside, sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()


class Api:
    """The API of a product, as a person who has an account there."""

    def __init__(self, product: Product, email: str = "ada@example.org") -> None:
        self.address = f"{product.address}/api/v1"
        self.token = product.manage("create_token", email).split()[-1]

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What it answers to GET, or to POST where there is a ``body``; raises ``HTTPError`` with what it refuses."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.address + path, data, headers), timeout=30
            ) as answer:
                return json.load(answer)
        except HTTPError as refused:
            refused.msg = f"{refused.msg}: {refused.read().decode()}"
            raise


def processes_of(data: Path) -> list[str]:
    """The command lines of all live processes, trainers too, whose environment names the data folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if str(data).encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [command for command in found if command]
