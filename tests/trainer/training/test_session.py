"""The heart: what comes out of a training, and that going on from a checkpoint is exact."""

from __future__ import annotations

import threading
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.material import data_of
from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.loading import load_model, weights_digest
from trainer.errors import CheckpointDamaged
from trainer.events.events import AnyEvent, EpochEnded, Event, Started, StepLosses, parse_line
from trainer.events.failures import TrainingFailed
from trainer.events.sink import EventSink
from trainer.spec import Spec
from trainer.training.request import FitRequest
from trainer.training.session import fit
from trainer.validation.parsing import parse_spec

SMALL_MLP: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {
        "kind": "mlp",
        "layers": [{"units": 16, "dropout": 0.3, "constraint": {"kind": "max_norm", "value": 2.0}}],
    },
    "optimizer": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "fit": {"epochs": 4, "batch_size": 64},
    "checkpoints": {"every_epochs": 1, "keep_last": 10},
}
SMALL_CONVNET = SMALL_MLP | {
    "network": {"kind": "convnet", "blocks": [{"filters": 4, "dropout": 0.2}]},
    "optimizer": {"kind": "adamw"},
}
SMALL_REGRESSION = SMALL_MLP | {"dataset": {"name": "diabetes"}, "optimizer": {"kind": "rmsprop"}}
SMALL_LABELS = SMALL_MLP | {"dataset": {"name": "tags"}}
FAMILIES = {"mlp": SMALL_MLP, "convnet": SMALL_CONVNET, "regression": SMALL_REGRESSION, "labels": SMALL_LABELS}


def spec_of(values: dict[str, Any], **fit_fields: Any) -> Spec:
    return parse_spec(values | {"fit": values["fit"] | fit_fields})


def train(spec: Spec, out: Path, **options: Any) -> list[AnyEvent]:
    sink = EventSink(out, options.pop("bell", None))
    fit(FitRequest(spec, out, data_of(spec.dataset.name), **options), sink)
    return events(out)


def test_a_spec_about_other_data_is_refused_by_name_or_by_hash(tmp_path: Path) -> None:
    by_name, by_hash = spec_of(SMALL_MLP), spec_of(SMALL_MLP | {"dataset": {"name": "iris", "content_hash": "f" * 64}})
    for spec, sentence in (
        (by_name, "The spec is about digits, but the data is iris"),
        (by_hash, "has changed: its hash"),
    ):
        with pytest.raises(TrainingFailed, match=sentence) as refusal:
            fit(FitRequest(spec, tmp_path, data_of("iris")), EventSink(tmp_path))
        assert refusal.value.event.cause == "bad_data"


def events(out: Path) -> list[AnyEvent]:
    return [parse_line(line) for line in (out / "events.jsonl").read_text().splitlines()]


def metrics(found: list[AnyEvent]) -> dict[int, dict[str, float]]:
    return {event.epoch: event.metrics for event in found if isinstance(event, EpochEnded)}


def step_losses(found: list[AnyEvent]) -> dict[int, list[float]]:
    """The loss of every step by epoch."""
    texts = {event.epoch: event.losses for event in found if isinstance(event, StepLosses)}
    return {epoch: np.frombuffer(b64decode(text), "<f4").tolist() for epoch, text in texts.items()}


def measured(found: list[AnyEvent]) -> dict[int, tuple[dict[str, float], list[float]]]:
    """All that is measured in each epoch; its loss is about the mean of its steps', where the last may count less."""
    losses, of_epochs = step_losses(found), metrics(found)
    started = next(event for event in found if isinstance(event, Started))
    for epoch, values in of_epochs.items():
        assert len(losses[epoch]) == started.steps_per_epoch
        means = sorted((np.mean(losses[epoch][:-1]), np.mean(losses[epoch])))
        assert means[0] * 0.9 <= values["loss"] <= means[1] * 1.1
    return {epoch: (values, losses[epoch]) for epoch, values in of_epochs.items()}


def digest(out: Path, name: str) -> str:
    return checkpoint_files.read_manifest(out / "checkpoints" / name).digest


def test_a_training_reports_every_epoch_once_and_ends(tmp_path: Path) -> None:
    found = train(spec_of(SMALL_MLP), tmp_path)
    assert next(event.kind for event in found if event.kind != "log") == "started"
    assert [event.epoch for event in found if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
    assert (found[-1].kind, found[-1].reason) == ("finished", "completed")  # type: ignore[union-attr]


def test_metrics_carry_training_and_validation(tmp_path: Path) -> None:
    found = metrics(train(spec_of(SMALL_MLP, epochs=1), tmp_path))
    assert set(found[1]) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_the_same_spec_gives_the_same_weights(tmp_path: Path) -> None:
    for name in ("a", "b"):
        train(spec_of(SMALL_MLP, epochs=2), tmp_path / name)
    assert digest(tmp_path / "a", "cp-0002") == digest(tmp_path / "b", "cp-0002")


@pytest.mark.parametrize("family", FAMILIES)
def test_going_on_from_a_checkpoint_is_exact(tmp_path: Path, family: str) -> None:
    whole = measured(train(spec_of(FAMILIES[family]), tmp_path / "whole"))
    train(spec_of(FAMILIES[family], epochs=2), tmp_path / "first")
    start = tmp_path / "first" / "checkpoints" / "cp-0002"
    rest = measured(train(spec_of(FAMILIES[family]), tmp_path / "rest", resume_from=start))
    assert rest == {epoch: whole[epoch] for epoch in (3, 4)}
    assert digest(tmp_path / "rest", "cp-0004") == digest(tmp_path / "whole", "cp-0004")


class StopAfter:
    """Asks for a stop inside the epoch that follows the given one."""

    def __init__(self, epoch: int) -> None:
        self.epoch, self.stop = epoch, threading.Event()

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == self.epoch:
            self.stop.set()


def test_a_stop_leaves_a_checkpoint_of_its_moment(tmp_path: Path) -> None:
    bell = StopAfter(2)
    found = train(spec_of(SMALL_MLP), tmp_path, bell=bell, stop=bell.stop)
    assert (found[-1].reason, found[-1].epoch) == ("stopped", 2)  # type: ignore[union-attr]
    assert checkpoint_files.verify(checkpoint_files.named(tmp_path / "checkpoints")[0]).epoch == 2


def test_going_on_inside_an_epoch_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = measured(train(spec_of(SMALL_MLP), tmp_path / "whole"))
    monkeypatch.setattr("trainer.training.pace.Pace.steps_per_call", lambda pace: 3)
    stop = threading.Event()
    monkeypatch.setattr("trainer.training.pace.Pace.took", lambda pace, steps, seconds: stop.set())
    train(spec_of(SMALL_MLP), tmp_path / "first", stop=stop)
    start = tmp_path / "first" / "checkpoints" / "cp-0000-s00003"
    rest = measured(train(spec_of(SMALL_MLP), tmp_path / "rest", resume_from=start))
    assert rest == whole


def test_a_finished_training_goes_on_to_more_epochs(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=2), tmp_path / "first")
    start = tmp_path / "first" / "checkpoints" / "cp-0002"
    found = train(spec_of(SMALL_MLP, epochs=3), tmp_path / "more", resume_from=start)
    assert list(metrics(found)) == [3]


def test_a_branch_takes_the_weights_and_starts_at_epoch_one(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=4), tmp_path / "parent")
    start = tmp_path / "parent" / "checkpoints" / "cp-0004"
    branched = metrics(train(spec_of(SMALL_MLP, epochs=1), tmp_path / "branch", weights_from=start))
    fresh = metrics(train(spec_of(SMALL_MLP, epochs=1), tmp_path / "fresh"))
    assert branched[1]["val_loss"] < fresh[1]["val_loss"]


def test_a_loss_that_is_not_a_number_fails_with_advice(tmp_path: Path) -> None:
    values = SMALL_REGRESSION | {"optimizer": {"kind": "sgd", "learning_rate": 100.0}}
    with pytest.raises(TrainingFailed) as caught:
        train(parse_spec(values | {"fit": {"epochs": 50, "batch_size": 8}}), tmp_path)
    assert caught.value.event.cause == "nan"
    assert "learning rate" in str(caught.value.event.advice)


def test_early_stopping_ends_before_all_epochs(tmp_path: Path) -> None:
    rule = {"patience": 1, "min_delta": 1000.0}
    found = train(spec_of(SMALL_MLP, early_stopping=rule), tmp_path)
    assert (found[-1].reason, found[-1].epoch) == ("early_stopping", 2)  # type: ignore[union-attr]


def test_data_that_changed_since_the_launch_are_refused(tmp_path: Path) -> None:
    values = SMALL_MLP | {"dataset": {"name": "digits", "content_hash": "0" * 64}}
    with pytest.raises(TrainingFailed, match="has changed"):
        train(parse_spec(values), tmp_path)


def test_the_downloaded_file_is_a_keras_model_without_optimizer(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=1), tmp_path)
    model = load_model(tmp_path / "checkpoints" / "cp-0001")
    assert model.input_shape == (None, 8, 8, 1)
    assert weights_digest(model) == digest(tmp_path, "cp-0001")


def test_a_checkpoint_of_another_network_is_refused_in_words(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=1), tmp_path / "mlp")
    start = tmp_path / "mlp" / "checkpoints" / "cp-0001"
    with pytest.raises(CheckpointDamaged, match="do not fit this network"):
        train(spec_of(SMALL_CONVNET), tmp_path / "convnet", resume_from=start)
