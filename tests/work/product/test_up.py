"""``make run``: one line to sign in with, sentences where it cannot start, and no process that is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.product import NO_KERAS, ROOT, Product, clean_environment, processes_of
from webapp.launcher import address

pytestmark = [pytest.mark.slow, pytest.mark.one_database]


@contextmanager
def data_folder():
    """In a folder that everybody may enter, unlike those that pytest makes."""
    top = Path(tempfile.mkdtemp(prefix="trainyard-up-"))
    top.chmod(0o755)
    yield top / "data"
    assert processes_of(top / "data") == []
    shutil.rmtree(top)


@pytest.fixture
def data():
    with data_folder() as data:
        yield data


@pytest.fixture(scope="module")
def shared():
    """Started once for all tests that only look, or end it as a person does."""
    with data_folder() as data:
        product = Product(data, **NO_KERAS)
        yield product
        if product.process.poll() is None:
            product.stop()


@pytest.fixture
def product(shared):
    """It runs; if the test ends it, nothing of it is left."""
    if shared.process.poll() is not None:
        shared.start()
    yield shared
    if shared.process.poll() is not None:
        assert processes_of(shared.data) == []


@pytest.fixture
def training_product(data):
    """With trainers that load Keras, and a folder of its own."""
    product = Product(data)
    yield product
    if product.process.poll() is None:
        product.stop()


def up(data, port, **variables):
    """What a start says that does not succeed."""
    environment = clean_environment() | {"TRAINYARD_DATA": str(data), "PORT": str(port)} | variables
    command = [sys.executable, "manage.py", "up"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return done.stderr.strip()


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)
    return condition()


def pids_of(data, words):
    found = subprocess.run(["pgrep", "-f", words], capture_output=True, text=True).stdout.split()
    mine = [pid for pid in map(int, found) if _environment_of(pid).find(str(data)) >= 0]
    return set(mine)


def _environment_of(pid):
    try:
        with open(f"/proc/{pid}/environ") as file:  # noqa: PTH123 - read at once, whatever it holds
            return file.read()
    except OSError:
        return ""


def test_it_says_one_line_when_it_answers_and_ctrl_c_ends_all_of_it(product):
    assert product.line.startswith("Trainyard is ready.")
    with urllib.request.urlopen(product.link) as answer:
        assert answer.status == 200
    assert product.stop(signal.SIGINT) == 0
    assert product.process.stdout.read() == ""


def test_a_second_start_on_the_same_folder_says_so(product):
    said = up(product.data, address_of_another_port())
    assert "is already running on the data folder" in said
    assert str(product.process.pid) in said


def address_of_another_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_said_with_what_to_do(data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = up(data, port)
    assert f"Port {port}" in said
    assert f"PORT={port + 1} make run" in said


def test_a_setup_that_is_open_to_others_does_not_start(data):
    said = up(data, address_of_another_port(), DEBUG="1", HOST="0.0.0.0", REDIS_URL="redis://10.0.0.5/0")
    assert "DEBUG=1 would show the internals of the server to everyone who reaches 0.0.0.0" in said
    assert "Redis on 10.0.0.5 is used without a password" in said
    assert not (data / "trainyard.sqlite3").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_all_of_it(product, number):
    assert product.stop(number) == 0


def test_a_killed_supervisor_leaves_nothing(training_product, data):
    training_product.process.kill()
    training_product.process.wait()
    assert wait_until(lambda: processes_of(data) == [])


def test_a_process_that_ends_is_started_again(product):
    (web,) = pids_of(product.data, "uvicorn")
    os.kill(web, signal.SIGKILL)
    assert "web ended with code -9" in product.process.stdout.readline()
    assert wait_until(lambda: address.answers("127.0.0.1", product.port))


def test_the_second_start_has_what_was_there(product):
    product.manage("shell", "-c", "from webapp.teams.models import Team; Team.objects.create(name='Signals')")
    product.restart()
    names = product.manage("shell", "-c", "from webapp.teams.models import Team; print(Team.objects.get().name)")
    assert names.endswith("Signals")


def test_a_start_with_all_migrations_done_takes_seconds(product):
    """The best of three counts: the other lanes of ``make test`` use the machine too."""
    seconds: list[float] = []
    while not seconds or (min(seconds) >= 10 and len(seconds) < 3):
        product.restart()
        seconds.append(product.start_seconds)
    assert min(seconds) < 10


def open_to_others(data):
    """Files and folders below and with ``data`` that another user of the machine might use if he got there."""
    return [path for path in everything_in(data) if is_open(path)]


def everything_in(data):
    """``data`` and all below it; a folder that a trainer removes meanwhile is passed over, unlike by ``rglob``."""
    for folder, _, files in os.walk(data):
        yield from (Path(folder), *(Path(folder, name) for name in files))


def is_open(path):
    try:
        return bool(path.stat().st_mode & 0o077)
    except FileNotFoundError:
        return False


LAUNCH = """
from webapp.experiments.examples import create_example
from webapp.launches.lifecycle import launch
from webapp.teams.models import Team
from trainer.validation.parsing import parse_spec
team = Team.objects.create(name="Signals")
print(launch(create_example(team, None), parse_spec({"fit": {"epochs": 100000}}), user=None).id)
"""
LOOK = "from webapp.runs.models import Run; run = Run.objects.get(); print(run.state, run.attempt, run.epochs_done)"


def look(product):
    state, attempt, epochs = product.manage("shell", "-v0", "-c", LOOK).split()[-3:]
    return state, int(attempt), int(epochs)


def epochs_recorded(data):
    """As :func:`look` says, but without a process for every look."""
    with closing(sqlite3.connect(f"file:{data}/trainyard.sqlite3?mode=ro", uri=True)) as database:
        ((epochs,),) = database.execute("SELECT epochs_done FROM runs_run")
    return epochs


@pytest.mark.timeout(240)
def test_a_run_saves_a_checkpoint_at_ctrl_c_and_goes_on_after_the_next_start(training_product):
    product = training_product
    product.manage("shell", "-v0", "-c", LAUNCH)
    assert wait_until(lambda: epochs_recorded(product.data) > 20, seconds=60)
    product.stop()
    state, attempt, saved = look(product)
    assert (state, attempt) == ("queued", 1)
    product.start()
    assert wait_until(lambda: epochs_recorded(product.data) > saved, seconds=60)
    assert look(product)[:2] == ("running", 2)
    assert any(path.suffix == ".keras" or path.name == "checkpoint.json" for path in everything_in(product.data))
    assert open_to_others(product.data) == []
