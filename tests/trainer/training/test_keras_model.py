"""The Keras model of a spec: normalisation inside, the same weights each time, losses in the right unit."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.every_option import TINY
from tests.trainer.material import built, compiled, parts_of, spec_for
from tests.trainer.networks import test_columns
from trainer.checkpoints.model_config import LAYERS, check_config
from trainer.training.losses import loss_of

SMALL = {"kind": "mlp", "layers": [{"units": 8}]}


def after(model: keras.Model, layer: str, inputs: np.ndarray) -> np.ndarray:
    """What ``layer`` makes of raw inputs."""
    return np.asarray(keras.Model(model.input, model.get_layer(layer).output)(inputs))


def test_building_twice_gives_the_same_weights_and_dropout() -> None:
    spec = spec_for("digits", network={"kind": "mlp", "layers": [{"units": 8, "dropout": 0.5}]}, seed=7)
    inputs = parts_of(spec)[1].inputs[:32]
    keras.utils.set_random_seed(1)
    first = np.asarray(built(spec)(inputs, training=True))
    keras.utils.set_random_seed(2)
    assert np.array_equal(first, np.asarray(built(spec)(inputs, training=True)))


def test_another_seed_gives_other_weights() -> None:
    first, second = (built(spec_for("iris", network=SMALL, seed=seed)).get_weights()[0] for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_columns_are_standardised_by_the_training_data_alone() -> None:
    spec = spec_for("wine", network=SMALL)
    _, data, parts, _ = parts_of(spec)
    scaled = after(built(spec), "normalization", data.inputs[parts.train])
    assert np.allclose(scaled.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(scaled.std(axis=0), 1, atol=1e-4)


def test_columns_can_be_rescaled_to_0_and_1() -> None:
    spec = spec_for("wine", network=SMALL, normalization={"inputs": "rescale"})
    _, data, parts, _ = parts_of(spec)
    scaled = after(built(spec), "normalization", data.inputs[parts.train])
    assert np.allclose([scaled.min(axis=0), scaled.max(axis=0)], [[0] * 13, [1] * 13], atol=1e-5)


def test_pixels_are_rescaled_to_0_and_1() -> None:
    spec = spec_for("digits", network=SMALL)
    scaled = after(built(spec), "rescaling", parts_of(spec)[1].inputs)
    assert (scaled.min(), scaled.max()) == (0, 1)


def test_a_fresh_regression_predicts_around_the_mean_in_the_original_unit() -> None:
    spec = spec_for("diabetes", network={"kind": "mlp", "layers": []})
    _, data, parts, statistics = parts_of(spec)
    predicted = np.asarray(built(spec)(data.inputs[parts.train]))
    assert predicted.shape == (len(parts.train), 1)
    assert abs(predicted.mean() - statistics.target_mean) < statistics.target_deviation


def test_a_sigmoid_regression_stays_within_the_range_of_the_training_targets() -> None:
    spec = spec_for("diabetes", network=SMALL, output={"activation": "sigmoid"})
    _, data, _, statistics = parts_of(spec)
    predicted = np.asarray(built(spec)(data.inputs * 1000))
    assert predicted.min() >= statistics.target_minimum
    assert predicted.max() <= statistics.target_maximum


@pytest.mark.parametrize("name", ["mean_squared_error", "mean_absolute_error", "huber", "log_cosh"])
def test_the_loss_of_a_regression_is_that_of_standardised_targets(name: str) -> None:
    spec = spec_for("diabetes", output={"loss": name})
    facts, data, _, statistics = parts_of(spec)
    predicted = data.targets[::-1].copy()
    loss, weight = loss_of(spec, facts, statistics)
    scaled = [(values - statistics.target_mean) / statistics.target_deviation for values in (data.targets, predicted)]
    plain: dict[str, Any] = {
        "mean_squared_error": keras.losses.MeanSquaredError,
        "huber": keras.losses.Huber,
        "log_cosh": keras.losses.LogCosh,
    }
    expected = plain.get(name, keras.losses.MeanAbsoluteError)()(*scaled)
    assert weight * float(loss(data.targets, predicted)) == pytest.approx(float(expected), rel=1e-4)


def test_a_linear_output_learns_the_same_from_logits_as_softmax_does() -> None:
    losses = []
    for activation in ("softmax", "linear"):
        spec = spec_for("iris", network=SMALL, output={"activation": activation})
        facts, data, _, statistics = parts_of(spec)
        losses.append(float(loss_of(spec, facts, statistics)[0](data.targets, built(spec)(data.inputs))))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


@pytest.mark.parametrize(
    ("dataset", "names"),
    [
        ("iris", {"loss", "accuracy"}),
        ("diabetes", {"loss", "mean_absolute_error", "root_mean_squared_error", "r2_score"}),
    ],
)
def test_metrics_have_their_agreed_names(dataset: str, names: set[str]) -> None:
    spec = spec_for(dataset, network=SMALL)
    data = parts_of(spec)[1]
    assert set(compiled(spec).evaluate(data.inputs, data.targets, verbose=0, return_dict=True)) == names


WIDE = {
    "kind": "convnet",
    "resize": 16,
    "blocks": [
        {"convolution": "separable", "activation": "selu", "dropout": 0.2},
        {"normalization": None, "activation": "gelu", "l1": 1e-4, "dropout": 0.1, "dropout_noise": "spatial"},
        {"normalization": {"kind": "group", "groups": 2}, "activation": {"kind": "elu", "alpha": 0.5}, "pool_size": 1},
        {"normalization": "layer", "activation": "prelu", "constraint": "unit_norm", "initializer": "orthogonal"},
    ],
    "reduction": "flatten",
    "input_dropout": 0.1,
    "dense": [
        {"units": 8, "activation": "maxout", "dropout_noise": "gaussian"},
        {"activation": "leaky_relu"},
        {"constraint": {"kind": "max_norm", "value": 2.0}, "activation": "silu"},
    ],
}


def test_what_is_let_through_to_keras_is_every_layer_that_a_network_can_have(tmp_path: Path) -> None:
    mixed = {"precision": "mixed_float16"}
    specs = [
        spec_for("digits", network=WIDE, computation=mixed),
        spec_for("digits", network={"kind": "convnet", "blocks": [{"filters": 4}], "reduction": "global_max"}),
        spec_for("diabetes", network={"kind": "mlp", "layers": [{"units": 4, "activation": "elu"}]}),
        *(spec_for("digits", network={"kind": kind} | values) for kind, values in TINY.items()),
    ]
    kinds = set()
    for model in [*map(built, specs), test_columns.built(test_columns.spec_with())]:
        model.save(tmp_path / "model.keras")
        with zipfile.ZipFile(tmp_path / "model.keras") as archive:
            check_config(json.loads(archive.read("config.json")), 4 * model.count_params())
        kinds |= {type(layer).__name__ for layer in model.layers}
    assert kinds == LAYERS
