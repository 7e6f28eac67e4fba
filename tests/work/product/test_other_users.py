"""Another user of the machine where ``make run`` runs: he gets at nothing, neither by its files nor by its Redis.

The attacks are those of the review that found the way: as root, the tests carry them out as the user nobody.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import redis

from tests.product import NO_KERAS, Product
from tests.work.product.test_up import data

__all__ = ["data"]  # a fixture
pytestmark = [pytest.mark.slow, pytest.mark.one_database]
NOBODY = 65534

ATTACKS = """
import json, os, pathlib, sqlite3, sys, redis
data, address, canary = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
client = redis.Redis.from_url(address)
client.ping()  # what it imports late must be there before nobody can read it
client.connection_pool.disconnect()
os.setgroups([]); os.setgid(65534); os.setuid(65534)

def read_sessions():
    sqlite3.connect(f"file:{data}/trainyard.sqlite3?mode=ro", uri=True).execute("SELECT * FROM django_session")

def write_as_the_owner():
    client.config_set("dir", str(canary.parent))
    client.config_set("dbfilename", canary.name)
    client.set("key", "ssh-ed25519")
    client.save()

def take_the_socket_away():
    pathlib.Path(address.split("//")[1].split("?")[0]).unlink()

attacks = {
    "read sessions": read_sessions,
    "write as the owner": write_as_the_owner,
    "talk to Redis": client.ping,
    "look into the folder": lambda: os.listdir(data),
    "read the secret key": lambda: (data / "secret-key").read_text(),
    "read a log": lambda: (data / "logs" / "web.log").read_text(),
    "leave a file": lambda: (data / "mine").touch(),
    "take the socket away": take_the_socket_away,
}
succeeded = []
for name, attack in attacks.items():
    try:
        attack()
        succeeded.append(name)
    except Exception:
        pass
print(json.dumps([os.getuid(), succeeded]))
"""


@pytest.fixture
def product(data: Path) -> Iterator[Product]:
    product = Product(data, **NO_KERAS)
    yield product
    if product.process.poll() is None:
        product.stop()


def processes(product: Product) -> list[psutil.Process]:
    main = psutil.Process(product.process.pid)
    return [main, *main.children(recursive=True)]


def redis_address(product: Product) -> str:
    web = next(process for process in processes(product) if "uvicorn" in process.cmdline())
    return web.environ()["REDIS_URL"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def attacks_that_succeed(data: Path, address: str, canary: Path) -> list[str]:
    """Carried out by a process that begins as root, which it needs to be to become somebody else."""
    command = [sys.executable, "-c", ATTACKS, str(data), address, str(canary)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    uid, succeeded = json.loads(done.stdout)
    assert uid == NOBODY
    return succeeded


def ports(product: Product) -> set[int]:
    """Where its processes listen."""
    found = [one for process in processes(product) for one in process.net_connections("inet")]
    return {one.laddr.port for one in found if one.status == psutil.CONN_LISTEN}


def test_another_user_gets_at_nothing(product: Product, data: Path) -> None:
    address, canary = redis_address(product), data.parent / "canary"
    socket = Path(urlsplit(address).path)
    assert (mode(data), mode(socket.parent), mode(socket)) == (0o700, 0o700, 0o700)
    assert {path.stat().st_uid for path in (data, socket.parent, socket)} == {os.geteuid()}
    assert ports(product) == {product.port}, "nothing but the web server is on a port"
    if os.geteuid() == 0:
        assert attacks_that_succeed(data, address, canary) == []
        for door in (data, socket.parent, socket):
            door.chmod(0o777)  # behind it are more: modes of files, and what Redis takes
        behind = ["talk to Redis", "look into the folder", "leave a file", "take the socket away"]
        assert attacks_that_succeed(data, address, canary) == behind
    assert not canary.exists()
    product.stop()
    assert not socket.parent.exists()


def test_not_even_its_own_user_makes_redis_touch_files(redis_url: str) -> None:
    """The server of the tests is started by the same code."""
    refused = ["CONFIG SET dir /tmp", "SAVE", "BGSAVE", "MODULE LIST", "ACL LIST", "DEBUG JMAP", "SLAVEOF h 1"]
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        for words in refused:
            with pytest.raises(redis.ResponseError, match=r"no permissions|not allowed"):
                client.execute_command(*words.split())
