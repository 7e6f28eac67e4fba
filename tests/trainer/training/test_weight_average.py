"""Averaged weights: what Keras averages is validated, saved and evaluated, and training goes on as without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.material import data_of, quiet
from tests.trainer.resuming import assert_exact
from tests.trainer.training.test_session import SMALL_MLP, metrics, spec_of, train
from trainer.checkpoints.checkpoint_files import STATE_FILE, read_manifest
from trainer.checkpoints.loading import load_model
from trainer.inference.evaluation import evaluate

PLAIN: dict[str, Any] = SMALL_MLP | {"optimizer": {"kind": "sgd", "momentum": 0.0, "nesterov": False}}
MOMENTUM = 0.9


def weights_in(folder: Path) -> list[np.ndarray]:
    kept: list[np.ndarray] = load_model(folder).get_weights()
    return kept


def test_a_checkpoint_has_the_average_of_the_weights_after_each_batch(tmp_path: Path) -> None:
    # An epoch of one batch, so that each weight that is averaged is in a checkpoint of the run without.
    one_batch = {"batch_size": 1257, "epochs": 3}
    train(spec_of(PLAIN, **one_batch), tmp_path / "plain")
    found = train(spec_of(PLAIN, **one_batch, weight_averaging=MOMENTUM), tmp_path / "averaged")
    each = [weights_in(tmp_path / "plain" / "checkpoints" / f"cp-000{epoch}") for epoch in (1, 2, 3)]
    average = each[0]
    for weights in each[1:]:
        average = [MOMENTUM * mean + (1 - MOMENTUM) * weight for mean, weight in zip(average, weights, strict=True)]
    for mean, expected in zip(weights_in(tmp_path / "averaged" / "checkpoints" / "cp-0003"), average, strict=True):
        assert mean == pytest.approx(expected, abs=1e-5)
    assert [values["loss"] for values in metrics(found).values()]


def test_it_resumes_exactly_and_its_checkpoints_are_evaluated_as_they_were_validated(tmp_path: Path) -> None:
    values = SMALL_MLP | {"fit": SMALL_MLP["fit"] | {"weight_averaging": 0.98}}
    assert_exact(values, tmp_path)
    spec, checkpoint = spec_of(values), tmp_path / "whole" / "checkpoints" / "cp-0004"
    measured = evaluate(spec, data_of("digits"), checkpoint, "validation", quiet)["metrics"]
    assert measured["loss"] == pytest.approx(read_manifest(checkpoint).metrics["val_loss"], rel=1e-5)


def test_training_itself_is_as_without(tmp_path: Path) -> None:
    plain = metrics(train(spec_of(SMALL_MLP, epochs=2), tmp_path / "plain"))
    found = metrics(train(spec_of(SMALL_MLP, epochs=2, weight_averaging=0.98), tmp_path / "averaged"))
    for name in ("loss", "accuracy"):
        assert found[2][name] == plain[2][name]
    assert found[2]["val_loss"] != plain[2]["val_loss"]
    with np.load(tmp_path / "averaged" / "checkpoints" / "cp-0002" / STATE_FILE) as state:
        raw = [value for key, value in state.items() if key.startswith("optimizer/") and value.ndim]
    expected = weights_in(tmp_path / "plain" / "checkpoints" / "cp-0002")
    assert sum(any(np.array_equal(value, weight) for value in raw) for weight in expected) >= 2
