"""The kernel kills a trainer for want of memory: its run says so and what to do, and the worker takes the next one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import factories
from tests.memory import MemoryGroup
from tests.soak import soak
from tests.work.conftest import Launch, StartWorker, epochs_of, wait_for_state
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
]
HUGE = {"kind": "mlp", "layers": [{"units": 9000}, {"units": 9000}, {"units": 9000}]}


@pytest.fixture
def little_memory() -> Iterator[MemoryGroup]:
    group = MemoryGroup(megabytes=600)
    yield group
    group.close()


@pytest.fixture
def some_memory() -> Iterator[MemoryGroup]:
    group = MemoryGroup(megabytes=2000)
    yield group
    group.close()


def assert_out_of_memory(run: Run, seconds: float = 20) -> None:
    wait_for_state(run, "failed", seconds)
    assert run.reason == "out_of_memory", run.error
    assert str(run.advice).startswith("Use a smaller batch size than")


def test_a_trainer_that_wants_too_much_is_killed_and_the_worker_lives(
    little_memory: MemoryGroup, start_worker: StartWorker, launch: Launch, tmp_path: Path
) -> None:
    worker = start_worker(die_at_epoch=3, die="hunger", once=tmp_path / "once")
    little_memory.add(worker.process.pid)
    hungry, modest = launch(), launch()
    assert_out_of_memory(hungry)
    assert "killed by the system (signal 9), because the machine ran out of memory" in str(hungry.error)
    assert epochs_of(hungry) == [1, 2]
    wait_for_state(modest, "finished")
    assert worker.process.poll() is None


@soak
@pytest.mark.timeout(300)
def test_a_network_that_is_too_large_fails_and_a_small_one_does_not(
    some_memory: MemoryGroup, start_worker: StartWorker, launch: Launch, team: Team, member: User
) -> None:
    worker = start_worker(keras=True)
    some_memory.add(worker.process.pid)
    spec = parse_spec(Spec().to_json() | {"network": HUGE, "optimizer": {"kind": "adam"}})
    huge = runs.launch(factories.make_experiment(team, member), spec, user=member)
    small = launch(epochs=3)
    assert_out_of_memory(huge, 120)
    wait_for_state(small, "finished", 60)
    assert worker.process.poll() is None
