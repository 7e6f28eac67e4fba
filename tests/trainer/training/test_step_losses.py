"""The loss of every step, recorded inside the compiled loop."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.trainer.material import compiled, data_of, parts_of
from tests.trainer.training.test_session import (
    SMALL_MLP,
    SMALL_REGRESSION,
    digest,
    events,
    measured,
    spec_of,
    step_losses,
    train,
)
from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.state import LOSSES
from trainer.engines.loops import loop_of
from trainer.events.failures import TrainingFailed
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

# 20 batches, of which the last has 41 examples instead of 64.
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "accumulated": {"fit": {"epochs": 4, "batch_size": 64, "gradient_accumulation": 3}},
    "float16": {"computation": {"precision": "mixed_float16"}},
    # Its random numbers are others than those of a step that is not compiled.
    "xla": {"computation": {"xla": True}, "network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.0}]}},
}


def model_of(spec: Spec) -> keras.Model:
    keras.utils.set_random_seed(spec.seed)
    return compiled(spec)


class OneBatchAtATime(keras.callbacks.Callback):
    """Keeps the loss of each batch of ``model.fit``, whose own logs are means over the epoch so far."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append(logs["loss"])


@pytest.mark.parametrize("way", WAYS)
def test_they_are_those_of_model_fit(way: str) -> None:
    spec, data, theirs = parse_spec(SMALL_MLP | WAYS[way]), data_of("digits"), OneBatchAtATime()
    order = parts_of(spec)[2].train[:300].astype(np.int32)
    ours = loop_of(model_of(spec), data.inputs, data.targets, spec).train(order, 0, 5)
    inputs, targets = data.inputs[order].astype(np.float32), data.targets[order]
    model_of(spec).fit(inputs, targets, batch_size=64, shuffle=False, callbacks=[theirs], verbose=0)
    assert ours.dtype == np.float32
    assert ours.tolist() == pytest.approx(theirs.losses, rel=1e-3 if way == "float16" else 1e-5)


def test_they_come_right_before_the_epoch_they_are_of(tmp_path: Path) -> None:
    found = [event for event in train(spec_of(SMALL_MLP, epochs=2), tmp_path) if event.kind in {"steps", "epoch"}]
    told = [(event.kind, event.epoch) for event in found]  # type: ignore[union-attr]
    assert told == [("steps", 1), ("epoch", 1), ("steps", 2), ("epoch", 2)]


def test_they_are_there_when_the_loss_is_no_number(tmp_path: Path) -> None:
    values = SMALL_REGRESSION | {"optimizer": {"kind": "sgd", "learning_rate": 100.0}}
    spec = parse_spec(values | {"fit": {"epochs": 50, "batch_size": 8}})
    with pytest.raises(TrainingFailed):
        train(spec, tmp_path)
    last = list(step_losses(events(tmp_path)).values())[-1]
    assert not math.isfinite(last[-1])


@pytest.fixture
def stopped_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint taken three steps into the first epoch."""
    stop = threading.Event()
    monkeypatch.setattr("trainer.training.pace.Pace.steps_per_call", lambda pace: 3)
    monkeypatch.setattr("trainer.training.pace.Pace.took", lambda pace, steps, seconds: stop.set())
    train(spec_of(SMALL_MLP), tmp_path / "first", stop=stop)
    return tmp_path / "first" / "checkpoints" / "cp-0000-s00003"


def test_a_checkpoint_inside_an_epoch_has_those_so_far(stopped_inside: Path) -> None:
    with np.load(stopped_inside / "state.npz") as state:
        assert state[LOSSES].shape == (3,)


def without_losses(folder: Path) -> None:
    """Make a checkpoint what an older release would have written."""
    with np.load(folder / "state.npz") as state:
        kept = {name: state[name] for name in state.files if name != LOSSES}
    manifest = checkpoint_files.read_manifest(folder)
    (folder / "manifest.json").unlink()
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "state.npz"}
    checkpoint_files.remove(folder)

    def write(draft: Path) -> None:
        np.savez(draft / "state.npz", **kept)
        for name, content in files.items():
            (draft / name).write_bytes(content)

    checkpoint_files.write(folder.parent, manifest, write)


def test_an_older_checkpoint_goes_on_as_exactly_but_for_the_losses_it_lacks(
    stopped_inside: Path, tmp_path: Path
) -> None:
    without_losses(stopped_inside)
    whole = measured(train(spec_of(SMALL_MLP, epochs=1), tmp_path / "whole"))[1][1]
    found = train(spec_of(SMALL_MLP, epochs=1), tmp_path / "rest", resume_from=stopped_inside)
    losses = step_losses(found)[1]
    assert [math.isnan(loss) for loss in losses[:4]] == [True, True, True, False]
    assert losses[3:] == whole[3:]
    assert digest(tmp_path / "rest", "cp-0001") == digest(tmp_path / "whole", "cp-0001")
