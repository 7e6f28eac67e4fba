"""Depthwise-separable convolutions and enlarged pictures: well begun, exact, and alone in a downloaded model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.soak import soak
from tests.trainer.material import built, data_of, refused, spec_for
from tests.trainer.resuming import Values, assert_exact
from tests.trainer.training.test_keras_model import after
from tests.trainer.training.test_session import SMALL_CONVNET, spec_of, train
from trainer.checkpoints.loading import load_model

BLOCK: Values = {"filters": 4, "dropout": 0.2, "convolution": "separable"}
ENLARGED: Values = SMALL_CONVNET | {"network": {"kind": "convnet", "resize": 12, "blocks": [BLOCK, BLOCK]}}
HALF: Values = {"computation": {"precision": "mixed_bfloat16"}}


# XLA and JAX have their turn in the campaign of `make soak`.
@pytest.mark.parametrize("way", [{}, pytest.param(HALF, marks=soak)], ids=["32 bits", "16 bits"])
def test_a_resume_of_a_separable_network_on_enlarged_pictures_is_exact(way: Values, tmp_path: Path) -> None:
    assert_exact(ENLARGED | way, tmp_path)


def test_the_two_kernels_of_a_separable_convolution_begin_differently_and_the_same_each_time() -> None:
    spec = spec_for("digits", network=ENLARGED["network"])
    first, again = (built(spec).get_layer("conv_2").get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].ravel()[:4], first[1].ravel()[:4])


@pytest.mark.parametrize("activation", ["relu", "selu"])
def test_signals_neither_fade_nor_grow_in_a_separable_convolution(activation: str) -> None:
    block = BLOCK | {"filters": 64, "pool_size": 1, "activation": activation}
    layer = built(spec_for("digits", network={"kind": "convnet", "blocks": [block, block]})).get_layer("conv_2")
    noise = np.random.default_rng(0).standard_normal((8, 16, 16, 64), np.float32)
    assert float(np.std(layer(noise))) == pytest.approx(1, abs=0.15)


def test_pictures_are_enlarged_between_their_neighbours() -> None:
    ramp = np.tile(np.arange(8, dtype=np.float32), (8, 1))[None, ..., None]
    spec = spec_for("digits", network={"kind": "convnet", "resize": 16}, normalization={"inputs": "none"})
    large = after(built(spec), "resizing", ramp)[0, 0, :, 0]
    assert large == pytest.approx([0, *np.arange(0.25, 7, 0.5), 7])


def test_a_downloaded_model_takes_pictures_as_they_are(tmp_path: Path) -> None:
    train(spec_of(ENLARGED, epochs=1), tmp_path)
    model = load_model(tmp_path / "checkpoints" / "cp-0001")
    assert model.input_shape == (None, 8, 8, 1)
    assert np.asarray(model.predict_on_batch(data_of("digits").inputs[:3])).shape == (3, 10)


def test_a_size_out_of_bounds_is_refused_at_its_field() -> None:
    found = refused({"network": {"kind": "convnet", "resize": 4}})
    assert "Must be from 8 to 512" in str(found["network", "resize"])
