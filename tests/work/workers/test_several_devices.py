"""A run that asks for two devices: left alone by a worker with one, trained by a worker with two."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests import factories
from tests.work.conftest import StartWorker, reconcile_until, state_of, wait_for
from trainer.engines import backend
from trainer.validation.parsing import parse_spec
from webapp.environment import env_int
from webapp.jobs.lifecycle import claim_next, why_waiting
from webapp.jobs.models import Worker
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User
from webapp.workers import devices

pytestmark = pytest.mark.django_db(transaction=True)
SPEC = {
    "engine": "jax",
    "computation": {"devices": 2},
    "network": {"kind": "mlp", "layers": [{"units": 4}]},
    "fit": {"epochs": 2, "batch_size": 128},
}
TWO = "--xla_force_host_platform_device_count=2"


@pytest.fixture
def run(team: Team, member: User) -> Run:
    return runs.launch(factories.make_experiment(team, member), parse_spec(SPEC), user=member)


@pytest.mark.one_database
@pytest.mark.skipif(not backend.is_installed("jax"), reason="JAX is not installed: pip install jax")
def test_a_run_on_two_devices_waits_for_a_worker_that_has_them(
    start_worker: StartWorker, worker_env: dict[str, str], run: Run
) -> None:
    start_worker()
    wait_for(Worker.objects.exists)
    assert "It asks for 2 devices, and no worker that is online for it gives a run more than one." in str(
        why_waiting(run)
    )
    time.sleep(1)
    assert state_of(run) == "queued"
    worker_env |= {"XLA_FLAGS": TWO, "KERAS_BACKEND": "jax"}
    start_worker(keras=True)
    reconcile_until(lambda: state_of(run) in {"finished", "failed"}, 120)
    assert (run.state, str(run.error), run.epochs_done) == ("finished", "", 2)
    assert run.events.get(kind="started").payload["device"].startswith("2 × CPU")


@pytest.mark.parametrize(("found", "takes"), [
    ([], False),
    ([{"kind": "CPU", "logical": 1}], False),
    ([{"kind": "CPU", "logical": 2}], True),
    ([{"kind": "GPU"}, {"kind": "CPU", "logical": 1}], False),
    ([{"kind": "GPU"}, {"kind": "GPU"}, {"kind": "CPU", "logical": 1}], True),
])  # fmt: skip
def test_only_a_worker_with_enough_devices_takes_it(run: Run, found: list[dict[str, object]], takes: bool) -> None:
    now = {"started_at": run.created_at, "last_seen_at": run.created_at}
    worker = Worker.objects.create(id="w", host="w", pid=1, queues=["train"], devices=found, **now)
    other = factories.make_run(run.experiment, None, spec={"fit": {"epochs": 1}})
    first = claim_next("train", worker)
    assert first is not None
    assert first.pk == (run.pk if takes else other.pk), "an old spec asks for one"


@pytest.mark.parametrize(("visible", "per_run", "given"), [
    ("0,1,2,3", 2, [["0", "1"], ["2", "3"], ["0", "1"]]),
    ("4,GPU-5", 1, [["4"], ["GPU-5"], ["4"]]),
    ("7", 2, [["7"], ["7"], ["7"]]),
    ("", 2, [[], [], []]),
])  # fmt: skip
def test_each_process_of_a_worker_has_gpus_of_its_own_as_far_as_there_are(
    monkeypatch: pytest.MonkeyPatch, settings: Any, visible: str, per_run: int, given: list[list[str]]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    settings.GPUS_PER_RUN = per_run
    assert [devices.gpus_of(index) for index in range(3)] == given


def test_a_number_of_gpus_that_is_none_is_refused_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_GPUS_PER_RUN", "0")
    with pytest.raises(ImproperlyConfigured, match="'0'; give a whole number of 1 or more"):
        env_int("TRAINYARD_GPUS_PER_RUN", 1, least=1)
