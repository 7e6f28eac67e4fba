"""Mixed precision: 16 bits inside the network, 32 at its ends and in its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.trainer.material import compiled, data_of, spec_for
from tests.trainer.resuming import assert_exact
from tests.trainer.training.test_session import FAMILIES, SMALL_CONVNET, SMALL_MLP, spec_of, train
from trainer.checkpoints.loading import load_model

MIXED = ("mixed_float16", "mixed_bfloat16")


def mixed(values: dict[str, Any], precision: str) -> dict[str, Any]:
    return values | {"computation": {"precision": precision}}


def model_of(precision: str, dataset: str = "digits") -> keras.Model:
    return compiled(spec_for(dataset, computation={"precision": precision}))


@pytest.mark.parametrize(("family", "precision"), [("mlp", "mixed_bfloat16"), ("convnet", "mixed_float16")])
def test_a_resume_in_mixed_precision_is_exact(family: str, precision: str, tmp_path: Path) -> None:
    assert_exact(mixed(FAMILIES[family], precision), tmp_path)


@pytest.mark.parametrize("precision", MIXED)
def test_only_the_inside_of_the_network_computes_in_16_bits(precision: str) -> None:
    layers = model_of(precision, "diabetes").layers
    computed = {layer.name: layer.compute_dtype for layer in layers}
    assert computed["dense_1"] == precision.removeprefix("mixed_")
    assert {computed[name] for name in ("normalization", "output", "original_unit")} == {"float32"}
    assert {weight.dtype for layer in layers for weight in layer.trainable_weights} == {"float32"}


def test_the_policy_of_the_process_stays_as_it_was() -> None:
    model_of("mixed_float16")
    assert keras.config.dtype_policy().name == "float32"


def test_the_scale_of_the_loss_is_in_the_checkpoint(tmp_path: Path) -> None:
    train(spec_of(mixed(SMALL_MLP, "mixed_float16"), epochs=1), tmp_path)
    with np.load(tmp_path / "checkpoints" / "cp-0001" / "state.npz") as state:
        scalars = {float(state[name]) for name in state.files if state[name].shape == ()}
    assert any(scale >= 2**10 and scale % 2 == 0 for scale in scalars)


@pytest.mark.parametrize("precision", MIXED)
def test_the_saved_model_loads_and_predicts_in_32_bits(precision: str, tmp_path: Path) -> None:
    train(spec_of(mixed(SMALL_CONVNET, precision), epochs=1), tmp_path)
    model = load_model(tmp_path / "checkpoints" / "cp-0001")
    outputs = np.asarray(model.predict_on_batch(data_of("digits").inputs[:8]))
    assert outputs.dtype == np.float32
    assert np.allclose(outputs.sum(axis=1), 1.0, atol=1e-5)
