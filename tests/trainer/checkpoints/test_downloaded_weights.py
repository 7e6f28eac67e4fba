"""What the downloads hand out is what Keras takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from webapp.storage.downloads import range_of_weights

keras = pytest.importorskip("keras")


def network() -> Any:
    layers = [keras.layers.Input((4,)), keras.layers.Dense(8), keras.layers.BatchNormalization(), keras.layers.Dense(3)]
    return keras.Sequential(layers)


def test_the_weights_of_a_keras_file_load_into_the_same_network(tmp_path):
    trained, fresh = network(), network()
    trained.save(tmp_path / "model.keras")
    with (tmp_path / "model.keras").open("rb") as file:
        start, num_bytes = range_of_weights(file)
        file.seek(start)
        (tmp_path / "downloaded.weights.h5").write_bytes(file.read(num_bytes))
    fresh.load_weights(tmp_path / "downloaded.weights.h5")
    for before, after in zip(trained.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
