"""A run whose checkpoints would not fit on the disk is refused before it is queued, with both figures."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests import factories
from trainer.problems import SpecError, parse_spec
from trainer.spec import Spec
from webapp.runs import lifecycle as runs
from webapp.runs import room
from webapp.runs.models import Run
from webapp.teams.models import Team, User

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
    assert room.num_slots(spec_with(optimizer=optimizer)) == slots


def test_no_more_checkpoints_are_counted_than_there_will_be() -> None:
    rule = {"every_epochs": 5, "keep_last": 100, "keep_best": 1}
    assert room.num_kept(spec_with(fit={"epochs": 12}, checkpoints=rule)) == 3
    assert room.num_kept(spec_with(fit={"epochs": 600}, checkpoints=rule | {"keep_last": 2})) == 3
    assert room.num_kept(spec_with(fit={"epochs": 600}, checkpoints=rule | {"keep_last": 2, "keep_every": 100})) == 9


def test_a_launch_onto_a_full_disk_is_refused(team: Team, member: User, full_disk: None) -> None:
    experiment = factories.make_experiment(team, member)
    with pytest.raises(SpecError, match=r"need about \d+\.\d MB, and the disk of the data folder has 0\.1 MB free"):
        runs.launch(experiment, Spec(), user=member)
    assert not Run.objects.exists()
