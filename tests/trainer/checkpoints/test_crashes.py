"""Killed at every named point and at random instants, a training ends as if nothing had happened."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak import soak
from tests.soak.killing import Values, fit, kill_at_random, outcome, reference
from trainer.checkpoints import checkpoint_files
from trainer.events.fault_points import FAULT_POINTS

# Every point costs a process; the others have their turn in `make soak`.
IN_MAKE_TEST = ("event-half-written", "checkpoint-files-written", "checkpoint-named")
EPOCHS = 40
SPEC: Values = {
    "network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.3}]},
    "fit": {"epochs": EPOCHS, "batch_size": 64, "early_stopping": {"patience": 50}},
    "checkpoints": {"every_epochs": 2, "keep_last": 30},
}
Outcome = tuple[str, dict[int, str]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return reference(SPEC, tmp_path_factory.mktemp("undisturbed"))


def test_kills_at_named_points_change_nothing(tmp_path: Path, undisturbed: Outcome) -> None:
    for point in IN_MAKE_TEST:
        assert fit(SPEC, tmp_path, "--resume", crash_at=point).wait() == -9, point
        for folder in checkpoint_files.named(tmp_path / "checkpoints"):
            checkpoint_files.verify(folder)
    assert fit(SPEC, tmp_path, "--resume").wait() == 0
    assert outcome(tmp_path, EPOCHS) == undisturbed
    assert not list((tmp_path / "checkpoints").glob(".*"))


def test_the_points_of_the_tests_exist() -> None:
    assert set(IN_MAKE_TEST) <= set(FAULT_POINTS)


@soak
def test_kills_at_random_instants_change_nothing(tmp_path: Path, undisturbed: Outcome) -> None:
    assert kill_at_random(SPEC, tmp_path, 2, random.Random(7)) == undisturbed
