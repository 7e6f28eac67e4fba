"""A data folder of version 0.1 opens with this version: its pages, its checkpoints, its runs.

``tests/fixtures/data-of-0.1.tar.xz`` was written by ``make run`` of 0.1: a convnet on digits with an evaluation, an
MLP on wine with dropout, max-norm, momentum and early stopping, once trained to its end ("Whole") and once stopped on
the way ("Stopped"), and a regression on diabetes whose experiment is archived.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import Api, Product
from tests.work.conftest import wait_for

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
NAMES = ("Convnet", "Whole", "Stopped", "Regression")
pytestmark = pytest.mark.one_database


class OldSite(Api):
    """The API of the product, as Ada, the admin of the old site."""

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
def api(product: Product) -> OldSite:
    return OldSite(product)


def test_runs_checkpoints_and_evaluations_of_an_old_site_are_there(api: OldSite) -> None:
    assert {run["name"]: run["state"] for run in api("/runs")["items"]} == {
        "Convnet": "finished",
        "Whole": "finished",
        "Stopped": "stopped",
        "Regression": "finished",
    }
    assert [len(api.metrics(api.run(name))) for name in ("Convnet", "Whole", "Stopped")] == [6, 60, 26]
    assert [len(api.checkpoints(api.run(name))) for name in ("Convnet", "Whole", "Stopped")] == [2, 3, 3]


def test_old_datasets_are_prepared_anew_and_the_same(api: OldSite) -> None:
    def stored() -> dict[str, str]:
        return {each["name"]: each["content_hash"] for each in api("/datasets") if each["num_bytes"]}

    wait_for(lambda: len(stored()) == 5, 60)
    old = {run["spec"]["dataset"]["name"]: run["spec"]["dataset"]["content_hash"] for run in map(api.run, NAMES)}
    assert {name: stored()[name] for name in old} == old


def test_an_old_checkpoint_can_be_verified_and_evaluated(api: OldSite) -> None:
    checkpoint = api.checkpoints(api.run("Convnet"))[0]
    assert api(f"/checkpoints/{checkpoint['id']}/verify", {})["whole"]
    asked = api(f"/checkpoints/{checkpoint['id']}/evaluations", {"split": "validation"})
    wait_for(lambda: api(f"/evaluations/{asked['id']}")["state"] == "finished", 60)
    measured = api(f"/evaluations/{asked['id']}")["result"]["metrics"]
    assert measured["loss"] == pytest.approx(checkpoint["metrics"]["val_loss"], rel=1e-4)


def test_an_old_run_resumes_as_if_it_had_never_stopped(api: OldSite) -> None:
    whole, stopped = api.run("Whole"), api.run("Stopped")
    api(f"/runs/{stopped['id']}/resume", {})
    here = api("/runs", {"spec": whole["spec"], "experiment": whole["experiment"], "name": "Whole here"})
    for name in ("Stopped", "Whole here"):
        wait_for(lambda name=name: api.run(name)["state"] == "finished", 60)
    expected = api.metrics(whole)
    if api.metrics(here) != expected:  # this machine rounds otherwise than the one that wrote the fixture
        expected = {epoch: pytest.approx(metrics, rel=1e-3, abs=1e-3) for epoch, metrics in expected.items()}
    assert api.metrics(stopped) == expected
