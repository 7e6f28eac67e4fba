"""A run whose checkpoints would not fit on the disk is refused before it is queued, with both figures."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from django.utils import timezone

from tests import factories
from trainer.data.bundled.catalog import facts_of
from trainer.errors import SpecError
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec
from webapp.jobs.models import Worker
from webapp.launches import disk_space
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User
from webapp.workers.heartbeat import Heartbeat

DIGITS = facts_of("digits")

pytestmark = pytest.mark.django_db


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100_000))


def spec_with(**parts: Any) -> Spec:
    return parse_spec(Spec().to_json() | parts)


@pytest.mark.parametrize(
    ("optimizer", "slots"),
    [
        ({"kind": "sgd", "momentum": 0.0, "nesterov": False}, 0),
        ({"kind": "sgd", "momentum": 0.9}, 1),
        ({"kind": "adam"}, 2),
        ({"kind": "adamw"}, 2),
        ({"kind": "rmsprop"}, 1),
        ({"kind": "rmsprop", "momentum": 0.5}, 2),
    ],
)
def test_what_an_optimiser_keeps_is_counted(optimizer: dict[str, Any], slots: int) -> None:
    assert disk_space.num_slots(spec_with(optimizer=optimizer)) == slots


def test_frozen_layers_need_no_space_for_what_the_optimiser_keeps() -> None:
    whole = spec_with(optimizer={"kind": "adam"})
    frozen = spec_with(optimizer={"kind": "adam"}, transfer={"freeze": {"kind": "first"}})
    saved = disk_space.bytes_needed(whole, DIGITS) - disk_space.bytes_needed(frozen, DIGITS)
    weights = 64 * 128 + 128
    assert saved == 4 * 2 * weights * (disk_space.num_kept(whole) + 1)


def test_an_average_of_the_weights_and_accumulated_gradients_are_counted() -> None:
    more = {"weight_averaging": 0.99, "gradient_accumulation": 2}
    assert disk_space.num_slots(spec_with(fit=more)) == disk_space.num_slots(Spec()) + 2


def test_no_more_checkpoints_are_counted_than_there_will_be() -> None:
    rule = {"every_epochs": 5, "keep_last": 100, "keep_best": 1, "when_improved": False}
    assert disk_space.num_kept(spec_with(fit={"epochs": 12}, checkpoints=rule)) == 3
    every = rule | {"when_improved": True}
    assert disk_space.num_kept(spec_with(fit={"epochs": 12}, checkpoints=every)) == 12
    assert disk_space.num_kept(spec_with(fit={"epochs": 600}, checkpoints=rule | {"keep_last": 2})) == 3
    assert (
        disk_space.num_kept(spec_with(fit={"epochs": 600}, checkpoints=rule | {"keep_last": 2, "keep_every": 100})) == 9
    )


def test_a_launch_onto_a_full_disk_is_refused(team: Team, member: User, full_disk: None) -> None:
    experiment = factories.make_experiment(team, member)
    with pytest.raises(
        SpecError, match=r"need about \d+\.\d MB, and the disk of the data folder on \S+ has 0\.1 MB free"
    ):
        runs.launch(experiment, Spec(), user=member)
    assert not Run.objects.exists()


BUCKET = {"bucket_name": "b", "location": "team"}


def a_worker(host: str, free: int | None, devices: int = 1) -> Worker:
    now = timezone.now()
    gpus = [{"kind": "GPU"}] * devices
    fields: dict[str, Any] = {"queues": ["train"], "devices": gpus, "free_disk_bytes": free}
    return Worker.objects.create(id=f"{host}:1-0", host=host, pid=1, started_at=now, last_seen_at=now, **fields)


def test_with_a_bucket_the_disk_of_the_web_host_does_not_matter(full_disk: None, settings: Any) -> None:
    settings.CHECKPOINT_STORE = BUCKET
    disk_space.refuse_without_room(Spec(), DIGITS)


@pytest.mark.parametrize("store", [None, BUCKET])
def test_the_disks_of_the_workers_count_and_the_roomiest_is_named(full_disk: None, settings: Any, store: Any) -> None:
    settings.CHECKPOINT_STORE = store
    a_worker("shed", 200_000)
    a_worker("barn", 300_000)
    with pytest.raises(
        SpecError, match=r"the disk of the data folder on barn has 0\.3 MB free, the most of all workers\."
    ):
        disk_space.refuse_without_room(Spec(), DIGITS)
    a_worker("hall", 10**9)
    disk_space.refuse_without_room(Spec(), DIGITS)


def test_only_workers_that_can_train_the_run_count(settings: Any) -> None:
    settings.CHECKPOINT_STORE = BUCKET
    a_worker("shed", 10**9)
    a_worker("barn", 100_000, devices=4)
    wide = spec_with(engine="jax", computation={"devices": 4})
    with pytest.raises(SpecError, match=r"on barn has 0\.1 MB free\."):
        disk_space.refuse_without_room(wide, DIGITS)


def test_workers_that_say_nothing_of_their_disk_or_are_lost_do_not_count(full_disk: None, settings: Any) -> None:
    a_worker("shed", None)
    disk_space.refuse_without_room(Spec(), DIGITS)
    Worker.objects.update(last_seen_at="2020-01-01T00:00Z", free_disk_bytes=1)
    settings.CHECKPOINT_STORE = BUCKET
    disk_space.refuse_without_room(Spec(), DIGITS)


def test_a_worker_tells_how_much_is_free(full_disk: None) -> None:
    assert Heartbeat(0, ["train"]).register().free_disk_bytes == 100_000
