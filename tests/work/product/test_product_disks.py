"""The whole product on a disk that is full, or read-only after an error: it says so, and goes on afterwards."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.disks import Disk, FailingDisk, SmallDisk
from tests.product import Product, processes_of
from tests.soak import soak
from tests.work.product.test_up import look

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.one_database,
    soak,
]


BEGIN = """
from tests import factories
from trainer.validation.parsing import parse_spec
from webapp.experiments.examples import create_example
from webapp.launches.lifecycle import launch
from webapp.teams.models import ApiToken, Role
team = factories.make_team("Signals")
user = factories.make_user("member@example.org", team, Role.ADMIN)
run = launch(create_example(team, user), parse_spec({"fit": {"epochs": 100000}}), user=user)
print(run.id, ApiToken.issue(user=user, team=team, name="test")[1])
"""


class Program:
    """Launches a run, and asks of it through the API."""

    def __init__(self, product: Product) -> None:
        run, token = product.manage("shell", "-v0", "-c", BEGIN).split()[-2:]
        self.address, self.token = f"{product.address}/api/v1/runs/{run}", token

    def ask(self, method: str, path: str = "") -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            self.address + path, b"{}" if method == "POST" else None, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@contextmanager
def product_on(disk: Disk) -> Iterator[Product]:
    product = Product(disk.place / "data", inside=disk.inside)
    try:
        assert product.line.startswith("Trainyard is ready"), product.line
        yield product
    finally:
        for log in sorted((disk.path / "data" / "logs").glob("*.log")):  # pytest shows them when the test fails
            print(log.name, log.read_text(errors="replace")[-3000:])
        if product.process.poll() is None:
            product.stop()
        left = processes_of(disk.place / "data")
        disk.close()
    assert left == []


def wait_until(condition: Callable[[], object], seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


def test_the_product_goes_on_when_a_full_disk_has_room_again(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path / "small", kilobytes=65_536)
    with product_on(disk) as product:
        program = Program(product)
        wait_until(lambda: look(product)[2] > 20)
        with disk.full():
            before = look(product)[2]
            time.sleep(15)
            assert program.ask("GET")[0] in {200, 503}
        wait_until(lambda: look(product)[2] > before + 50)
        assert look(product)[:2] == ("running", 1)
        assert program.ask("GET")[0] == 200


def test_the_product_says_that_its_disk_can_only_be_read(tmp_path: Path) -> None:
    disk = FailingDisk(tmp_path, megabytes=200)
    with product_on(disk) as product:
        program = Program(product)
        wait_until(lambda: look(product)[2] > 20)
        disk.fail()
        time.sleep(15)
        status, told = program.ask("POST", "/stop")
        assert (status, "has to check" in told.get("detail", "")) == (503, True), told
        product.stop()
        disk.mend()
        product.start()
        wait_until(lambda: look(product)[0] == "running")
        assert program.ask("GET")[0] == 200
