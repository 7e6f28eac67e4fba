"""Regularisers change what is learned, and the loss that is reported is that on the data alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from trainer.engines.loops import loop_of
from trainer.spec import Fit, Spec

FACTOR = 0.5


def loop_and_model(factor: float = FACTOR) -> tuple[Any, keras.Model, np.ndarray, np.ndarray]:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(2, kernel_regularizer=keras.regularizers.L2(factor) if factor else None)
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    generator = np.random.default_rng(0)
    values = generator.normal(size=(10, 4)).astype(np.float32)
    targets = (values.sum(axis=1) > 0).astype(np.int32)
    return loop_of(model, values, targets, Spec(fit=Fit(batch_size=4))), model, values, targets


def on_data(model: keras.Model, values: np.ndarray, targets: np.ndarray) -> float:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return float(loss(targets, np.asarray(model(values))))


def assert_apart() -> None:
    """In the engine of this process: losses of steps, of the epoch and of a test, and the step that is taken."""
    order = np.arange(10, dtype=np.int32)
    loop, model, values, targets = loop_and_model()
    kernel = np.asarray(model.layers[-1].kernel.value)
    expected = on_data(model, values[:4], targets[:4])
    (first,) = loop.train(order, 0, 1)
    assert first == pytest.approx(expected, rel=1e-5)
    assert loop.metrics()["loss"] == pytest.approx(expected, rel=1e-5)
    plain, other, *_ = loop_and_model(0)
    assert plain.train(order, 0, 1)[0] == pytest.approx(expected, rel=1e-6)
    # Both began alike; the penalty's gradient is twice the factor times the weights.
    difference = np.asarray(other.layers[-1].kernel.value) - np.asarray(model.layers[-1].kernel.value)
    assert np.allclose(difference, 0.1 * 2 * FACTOR * kernel, atol=1e-6)
    assert loop.test(order)["loss"] == pytest.approx(on_data(model, values, targets), rel=1e-5)
    now = np.asarray(model.layers[-1].kernel.value)
    assert loop.penalty() == {"penalty": pytest.approx(FACTOR * float((now**2).sum()), rel=1e-5)}
    assert plain.penalty() == {}


def test_loss_and_penalty_are_two_numbers() -> None:
    assert_apart()
