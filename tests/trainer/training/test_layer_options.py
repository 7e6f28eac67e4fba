"""What a layer can have does what its name says, while a network is trained with it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer import material
from tests.trainer.material import spec_for
from trainer.data.bundled.catalog import facts_of
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec


def built(dataset: str = "digits", **network: Any) -> keras.Model:
    return material.built(spec_for(dataset, network=network, seed=3))


def dense(**layer: Any) -> keras.Model:
    return built("iris", kind="mlp", layers=[{"units": 6, "dropout": 0.0} | layer])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-50, 50, width=32), min_size=4, max_size=4))
def test_maxout_of_x_and_minus_x_is_its_absolute_value(row: list[float]) -> None:
    model = MAXOUT
    first, second = (model.get_layer(f"dense_1_piece_{number}") for number in (1, 2))
    first.set_weights([np.eye(4, dtype=np.float32), np.zeros(4, np.float32)])
    second.set_weights([-np.eye(4, dtype=np.float32), np.zeros(4, np.float32)])
    upto = keras.Model(model.inputs, model.get_layer("dense_maxout_1").output)
    scaled = keras.Model(model.inputs, model.get_layer("normalization").output)
    inputs = np.array([row], np.float32)
    np.testing.assert_array_equal(upto(inputs).numpy(), np.abs(scaled(inputs).numpy()))


MAXOUT = built("iris", kind="mlp", layers=[{"units": 4, "activation": "maxout"}])


@pytest.mark.parametrize("convolution", ["full", "separable"])
def test_max_norm_holds_for_every_neuron_after_every_step(convolution: str) -> None:
    bound = {"constraint": {"kind": "max_norm", "value": 0.3}}
    blocks = [{"filters": 4, "convolution": convolution, **bound}]
    model = built(kind="convnet", blocks=blocks, dense=[{"units": 5, **bound}])
    model.compile(optimizer=keras.optimizers.SGD(10.0), loss="sparse_categorical_crossentropy")
    generator = np.random.default_rng(0)
    inputs, targets = generator.normal(size=(8, 8, 8, 1)), generator.integers(0, 10, 8)
    kernels = [weight for weight in model.weights if "kernel" in weight.name and "output" not in weight.path]
    assert len(kernels) == (3 if convolution == "separable" else 2)
    for _ in range(3):
        model.train_on_batch(inputs, targets)
        for kernel in kernels:
            incoming = (0, 1) if "depthwise" in kernel.name else tuple(range(kernel.ndim - 1))
            lengths = np.sqrt(np.square(np.asarray(kernel)).sum(axis=incoming))
            assert lengths.max() <= 0.3 + 1e-5


@pytest.mark.parametrize(
    ("initializer", "spread"),
    [
        ("zeros", 0.0),
        ({"kind": "normal", "stddev": 0.2}, 0.2),
        ({"kind": "truncated_normal", "stddev": 0.2}, 0.2 * 0.87962566),  # Keras cuts off at two standard deviations
        ({"kind": "uniform", "limit": 0.3}, 0.3 / 3**0.5),
        ("glorot", (2 / (64 + 600)) ** 0.5),
        ("he", (2 / 64) ** 0.5),
        ("lecun", (1 / 64) ** 0.5),
        ({"kind": "orthogonal", "gain": 2.0}, 2 / 600**0.5),
    ],
    ids=str,
)
def test_initial_weights_have_the_spread_of_their_kind(initializer: Any, spread: float) -> None:
    model = built(kind="mlp", layers=[{"units": 600, "initializer": initializer}])
    kernel = np.asarray(model.get_layer("dense_1").kernel)
    assert kernel.shape == (64, 600)
    assert kernel.std() == pytest.approx(spread, rel=0.03)
    assert abs(kernel.mean()) <= 0.01


def test_neurons_that_begin_alike_are_those_of_zeros_only() -> None:
    kernels = [np.asarray(dense(initializer=kind).get_layer("dense_1").kernel) for kind in ("zeros", "he", "normal")]
    assert [len(np.unique(kernel)) == 1 for kernel in kernels] == [True, False, False]


@pytest.mark.parametrize("position", ["before", "after"])
def test_normalisation_is_before_or_after_the_activation(position: str) -> None:
    model = dense(normalization={"kind": "layer", "position": position}, activation="relu")
    kinds = [type(layer).__name__ for layer in model.layers]
    expected = (
        ["Dense", "LayerNormalization", "Activation"] if position == "before" else ["Dense", "LayerNormalization"]
    )
    assert kinds[2:-1] == expected
    (outputs,) = keras.Model(model.inputs, model.layers[-2].output)(np.ones((1, 4), np.float32)).numpy()
    assert (outputs.min() >= 0) == (position == "before")


def test_groups_that_do_not_divide_the_values_are_refused_at_the_layer() -> None:
    network = {"kind": "mlp", "layers": [{"units": 6, "normalization": "group"}]}
    spec = parse_spec({"dataset": {"name": "iris"}, "network": network})
    (problem,) = check_spec(spec, facts_of("iris"))
    assert problem.path == ("network", "layers", 0, "normalization")
    assert str(problem.message).startswith("8 groups given for 6 values; accepted: a divisor of 6")
