"""A data folder of version 0.1 opens with this version: its pages, its checkpoints, its runs.

``tests/fixtures/data-of-0.1.tar.xz`` was written by ``make run`` of 0.1: a convnet on digits with an evaluation, an
MLP on wine with dropout, max-norm, momentum and early stopping, once trained to its end ("Whole") and once stopped on
the way ("Stopped"), and a regression on diabetes whose experiment is archived.
"""

from __future__ import annotations

import json
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import Product
from tests.work.conftest import wait_for

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
NAMES = ("Convnet", "Whole", "Stopped", "Regression")
pytestmark = pytest.mark.one_database


class Api:
    """The API of ``product``, as Ada, the admin of the old site."""

    def __init__(self, product: Product) -> None:
        self.address = f"{product.address}/api/v1"
        self.token = product.manage("create_token", "ada@example.org").split()[-1]

    def __call__(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address + path, data, headers), timeout=30) as answer:
            return json.load(answer)

    def run(self, name: str) -> Any:
        (found,) = [run for run in self("/runs")["items"] if run["name"] == name]
        return self(f"/runs/{found['id']}")

    def checkpoints(self, run: Any) -> list[Any]:
        """Those whose files are kept, the newest first."""
        return [each for each in self(f"/checkpoints?run={run['id']}&page_size=100")["items"] if each["files_kept"]]

    def metrics(self, run: Any) -> dict[int, dict[str, float]]:
        events = self(f"/runs/{run['id']}/metrics")["events"]
        return {event["epoch"]: event["payload"]["metrics"] for event in events if event["kind"] == "epoch"}


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("old") / "data"
    with tarfile.open(FIXTURES / "data-of-0.1.tar.xz") as archive:
        archive.extractall(data, filter="data")
    product = Product(data)
    yield product
    product.stop()


@pytest.fixture(scope="module")
def api(product: Product) -> Api:
    return Api(product)


def test_runs_checkpoints_and_evaluations_of_an_old_site_are_there(api: Api) -> None:
    assert {run["name"]: run["state"] for run in api("/runs")["items"]} == {
        "Convnet": "finished",
        "Whole": "finished",
        "Stopped": "stopped",
        "Regression": "finished",
    }
    assert [len(api.metrics(api.run(name))) for name in ("Convnet", "Whole", "Stopped")] == [6, 60, 26]
    assert [len(api.checkpoints(api.run(name))) for name in ("Convnet", "Whole", "Stopped")] == [2, 3, 3]


def test_old_datasets_are_prepared_anew_and_the_same(api: Api) -> None:
    def stored() -> dict[str, str]:
        return {each["name"]: each["content_hash"] for each in api("/datasets") if each["num_bytes"]}

    wait_for(lambda: len(stored()) == 5, 60)
    old = {run["spec"]["dataset"]["name"]: run["spec"]["dataset"]["content_hash"] for run in map(api.run, NAMES)}
    assert {name: stored()[name] for name in old} == old


def test_an_old_checkpoint_can_be_verified_and_evaluated(api: Api) -> None:
    checkpoint = api.checkpoints(api.run("Convnet"))[0]
    assert api(f"/checkpoints/{checkpoint['id']}/verify", {})["whole"]
    asked = api(f"/checkpoints/{checkpoint['id']}/evaluations", {"split": "validation"})
    wait_for(lambda: api(f"/evaluations/{asked['id']}")["state"] == "finished", 60)
    measured = api(f"/evaluations/{asked['id']}")["result"]["metrics"]
    assert measured["loss"] == pytest.approx(checkpoint["metrics"]["val_loss"], rel=1e-4)


def test_an_old_run_resumes_as_if_it_had_never_stopped(api: Api) -> None:
    whole, stopped = api.run("Whole"), api.run("Stopped")
    api(f"/runs/{stopped['id']}/resume", {})
    here = api("/runs", {"spec": whole["spec"], "experiment": whole["experiment"], "name": "Whole here"})
    for name in ("Stopped", "Whole here"):
        wait_for(lambda name=name: api.run(name)["state"] == "finished", 60)
    expected = api.metrics(whole)
    if api.metrics(here) != expected:  # this machine rounds otherwise than the one that wrote the fixture
        expected = {epoch: pytest.approx(metrics, rel=1e-3, abs=1e-3) for epoch, metrics in expected.items()}
    assert api.metrics(stopped) == expected
