"""Readers that pause, and a site that is killed under them: in the end they have every event, once and in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.soak import soak
from tests.work.conftest import Launch, StartWorker, wait_for, wait_for_epoch, wait_for_state
from tests.work.outages import redis_paused
from webapp.launcher.address import answers, free_port
from webapp.metrics.curves import events_after
from webapp.runs.models import Run
from webapp.teams.models import User

pytestmark = pytest.mark.django_db(transaction=True)


class Site:
    """A real web process on a port of its own."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment, self.port = environment, free_port()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "webapp.asgi:application", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)
        wait_for(lambda: answers("127.0.0.1", self.port))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def site(worker_env: dict[str, str]) -> Iterator[Site]:
    site = Site(worker_env)
    yield site
    site.kill()


class Reader:
    """A browser that watches a run: it remembers the last event it has, and asks for what came after."""

    def __init__(self, site: Site, run: Run, client: Client) -> None:
        self.address, self.origin = f"ws://127.0.0.1:{site.port}/ws/runs/{run.id}/", f"http://127.0.0.1:{site.port}"
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        self.after, self.state, self.events = 0, "", []
        self.open()

    def open(self) -> None:
        headers = {"Cookie": self.cookie}
        self.socket: ClientConnection = connect(self.address, origin=self.origin, additional_headers=headers)  # type: ignore[arg-type]
        self.socket.send(json.dumps({"after": self.after}))

    def read_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, f"{len(self.events)} events, {self.state}"
            self._read(json.loads(self.socket.recv(timeout=20)))

    def _read(self, message: dict[str, Any]) -> None:
        if "events" in message:
            self.events += message["events"]
            self.after, self.state = message["seq"], message["state"]


def is_complete(reader: Reader, run: Run) -> bool:
    run.refresh_from_db()
    return [event["seq"] for event in reader.events] == [event["seq"] for event in events_after(run, 0, limit=100_000)]


@pytest.fixture
def watch(site: Site, client_of: Callable[[User], Client], member: User) -> Iterator[Callable[[Run], Reader]]:
    readers: list[Reader] = []

    def watched(run: Run) -> Reader:
        readers.append(Reader(site, run, client_of(member)))
        return readers[-1]

    yield watched
    for reader in readers:
        reader.socket.close()


def test_a_reader_that_pauses_misses_nothing(
    start_worker: StartWorker, launch: Launch, watch: Callable[[Run], Reader]
) -> None:
    run = launch(epochs=1500, every=100)
    reader = watch(run)
    start_worker(epoch_seconds=0.0005)
    wait_for_state(run, "finished", 60)
    reader.read_until(lambda: reader.state == "finished")
    assert is_complete(reader, run)


@soak
def test_a_reader_misses_nothing_when_hints_are_lost(
    start_worker: StartWorker, launch: Launch, watch: Callable[[Run], Reader]
) -> None:
    run = launch(epochs=40)
    start_worker(epoch_seconds=0.05)
    reader = watch(run)
    wait_for_epoch(run, 2)
    with redis_paused(4):
        reader.read_until(lambda: reader.state == "finished")
    assert is_complete(reader, run)


@pytest.mark.one_database
def test_a_reader_goes_on_after_the_site_was_killed(
    start_worker: StartWorker, launch: Launch, site: Site, watch: Callable[[Run], Reader]
) -> None:
    run = launch(epochs=100)
    start_worker(epoch_seconds=0.05)
    reader = watch(run)
    reader.read_until(lambda: len(reader.events) > 10)
    site.kill()
    with pytest.raises(ConnectionClosed):
        reader.read_until(lambda: False)
    wait_for_epoch(run, run.epochs_done + 10)
    site.start()
    reader.open()
    reader.read_until(lambda: reader.state == "finished")
    assert is_complete(reader, run)
