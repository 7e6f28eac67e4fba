"""The best epoch has a checkpoint, whatever comes between: the same number, epoch and file for everybody."""

from __future__ import annotations

import json
import math
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.soak.killing import fit
from tests.trainer.training.test_session import (
    SMALL_MLP,
    SMALL_REGRESSION,
    StopAfter,
    digest,
    events,
    metrics,
    spec_of,
    train,
)
from trainer.checkpoints import checkpoint_files
from trainer.events.events import AnyEvent, CheckpointSaved, Failed
from trainer.events.failures import TrainingFailed
from trainer.messages.message import Message
from trainer.spec.metrics import Direction
from trainer.training.best_epoch import BestEpoch
from trainer.validation.parsing import parse_spec

SELDOM = {"every_epochs": 5, "keep_last": 2}
# Learns so fast that it gets worse again: the best epoch is neither the last nor one that is saved anyway.
HASTY: dict[str, Any] = SMALL_MLP | {
    "optimizer": {"kind": "sgd", "learning_rate": 0.3, "momentum": 0.9},
    "fit": {"epochs": 12, "batch_size": 64},
    "checkpoints": SELDOM,
}
REGRESSION = SMALL_REGRESSION | {"optimizer": {"kind": "adam", "learning_rate": 0.1}, "checkpoints": SELDOM}
REGRESSION |= {"fit": {"epochs": 17, "batch_size": 32}}
ACCURACY = ("val_accuracy", "max")
RUNS: dict[str, tuple[dict[str, Any], tuple[str, Direction]]] = {
    "accuracy, early stopping": (HASTY | {"fit": HASTY["fit"] | {"early_stopping": {"patience": 3}}}, ACCURACY),
    "loss of a regression": (REGRESSION, ("val_loss", "min")),
    "a metric that was chosen": (REGRESSION, ("val_r2_score", "max")),
}


def best_recorded(found: list[AnyEvent], metric: str, mode: str) -> tuple[int, float]:
    """Epoch and value of the best epoch as the events tell it; of equals the first."""
    values = {epoch: value[metric] for epoch, value in metrics(found).items()}
    pick = max if mode == "max" else min
    best = pick(values, key=lambda epoch: values[epoch])
    return best, values[best]


def best_saved(found: list[AnyEvent], metric: str, mode: str) -> tuple[int, float]:
    """The same of the checkpoints that were saved."""
    saved = [event for event in found if isinstance(event, CheckpointSaved) and event.step == 0]
    sign = -1 if mode == "max" else 1
    best = min(saved, key=lambda event: (sign * event.metrics[metric], event.epoch))
    return best.epoch, best.metrics[metric]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training whose best epoch is neither the last nor a fifth one, but comes soon after the fifth."""
    folder = tmp_path_factory.mktemp("whole")
    epoch, _ = best_recorded(train(parse_spec(HASTY), folder), *ACCURACY)
    assert 5 < epoch < 8
    return folder


@pytest.mark.parametrize("name", RUNS)
def test_the_best_epoch_is_the_best_checkpoint_and_outlasts_retention(name: str, tmp_path: Path) -> None:
    values, by = RUNS[name]
    found = train(parse_spec(values), tmp_path, judged_by=by, prune=True)
    best = best_recorded(found, *by)
    assert best_saved(found, *by) == best
    manifest = checkpoint_files.verify(tmp_path / "checkpoints" / f"cp-{best[0]:04d}")
    assert manifest.metrics[by[0]] == best[1]


def test_without_it_every_fifth_and_the_last_are_saved_and_no_number_is_another(whole: Path, tmp_path: Path) -> None:
    values = HASTY | {"checkpoints": SELDOM | {"when_improved": False}}
    found = train(parse_spec(values), tmp_path)
    assert [folder.name for folder in checkpoint_files.named(tmp_path / "checkpoints")] == [
        "cp-0012",
        "cp-0010",
        "cp-0005",
    ]
    assert metrics(events(whole)) == metrics(found)
    assert digest(whole, "cp-0012") == digest(tmp_path, "cp-0012")


def test_a_stop_and_a_resume_leave_the_same_best(whole: Path, tmp_path: Path) -> None:
    bell = StopAfter(8)
    first = train(parse_spec(HASTY), tmp_path / "first", bell=bell, stop=bell.stop)
    assert best_saved(first, *ACCURACY) == best_recorded(first, *ACCURACY)
    start = checkpoint_files.named(tmp_path / "first" / "checkpoints")[0]
    rest = train(parse_spec(HASTY), tmp_path / "rest", resume_from=start)
    assert {event.epoch for event in rest if isinstance(event, CheckpointSaved)} == {10, 12}
    assert best_saved([*first, *rest], *ACCURACY) == best_recorded(events(whole), *ACCURACY)
    manifests = [checkpoint_files.read_manifest(out / "checkpoints" / "cp-0012") for out in (tmp_path / "rest", whole)]
    assert manifests[0].callbacks == manifests[1].callbacks


def test_what_a_kill_left_unwritten_is_found_again(whole: Path, tmp_path: Path) -> None:
    """A kill leaves the checkpoint of epoch 5, and none of the better epoch that was waiting for its turn."""
    rest = train(parse_spec(HASTY), tmp_path, resume_from=whole / "checkpoints" / "cp-0005")
    assert best_saved(rest, *ACCURACY) == best_recorded(events(whole), *ACCURACY)


def test_kills_while_the_best_epoch_waits_to_be_written_leave_the_same_best(whole: Path, tmp_path: Path) -> None:
    """The first kill comes before its files, the second after them and before those of epoch 10."""
    shutil.copytree(whole / "checkpoints" / "cp-0005", tmp_path / "checkpoints" / "cp-0005")
    best = f"cp-{best_recorded(events(whole), *ACCURACY)[0]:04d}"
    assert fit(HASTY, tmp_path, "--resume", crash_at="checkpoint-begun").wait() == -9
    assert {folder.name for folder in checkpoint_files.named(tmp_path / "checkpoints")} == {"cp-0005"}
    assert fit(HASTY, tmp_path, "--resume", crash_at="checkpoint-reported").wait() == -9
    assert "cp-0010" not in {folder.name for folder in checkpoint_files.named(tmp_path / "checkpoints")}
    assert fit(HASTY, tmp_path, "--resume").wait() == 0
    assert best_saved(events(tmp_path), *ACCURACY) == best_recorded(events(whole), *ACCURACY)
    assert checkpoint_files.verify(tmp_path / "checkpoints" / best).digest == digest(whole, best)


def test_a_training_that_fails_keeps_its_best_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(training: Any, values: dict[str, float]) -> None:
        if training.at.epoch == 4:
            raise TrainingFailed(Failed(cause="nan", error=Message("The loss is nan after epoch 4.")))

    monkeypatch.setattr("trainer.training.session.Training._refuse_nan", fail)
    with pytest.raises(TrainingFailed):
        train(spec_of(HASTY), tmp_path)
    before = [event for event in events(tmp_path) if getattr(event, "epoch", 0) != 4]
    assert best_saved(before, *ACCURACY) == best_recorded(before, *ACCURACY)


def test_inside_an_epoch_nothing_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.training.pace.Pace.steps_per_call", lambda pace: 3)
    stop, steps = threading.Event(), iter(range(10**6))
    monkeypatch.setattr("trainer.training.pace.Pace.took", lambda pace, *took: stop.set() if next(steps) == 9 else None)
    found = train(spec_of(SMALL_MLP), tmp_path, stop=stop)
    inside = next(event for event in found if isinstance(event, CheckpointSaved) and event.step)
    assert (inside.epoch, inside.metrics) == (1, {})
    assert checkpoint_files.verify(tmp_path / inside.path).metrics == {}


def test_only_a_number_that_is_strictly_better_is_an_improvement() -> None:
    best = BestEpoch("val_auc", "max")
    values = [0.5, 0.5, math.nan, 0.4, 0.6, math.inf]
    assert [best.observe({"loss": 1.0, "val_auc": value}) for value in values] == [True, *[False] * 3, True, False]
    assert not best.observe({"loss": math.nan, "val_auc": 0.9})
    assert not best.observe({"loss": 1.0})


def test_the_best_so_far_is_restored_unless_another_metric_is_asked_for() -> None:
    state = json.loads(json.dumps(BestEpoch("val_loss", "min", 0.1 + 0.2).to_json()))
    same, other = BestEpoch("val_loss", "min"), BestEpoch("val_accuracy", "max")
    same.restore(state)
    other.restore(state)
    assert (same.value, other.value) == (0.1 + 0.2, None)
