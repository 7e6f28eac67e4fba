"""Augmentation inside the compiled loop: which numbers it draws, and what is measured of mixed classes.

That a resume with it is exact, inside an epoch, with streamed data and on several devices, the tests of those say.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.material import parts_of
from tests.trainer.training.test_session import SMALL_MLP
from tests.trainer.training.test_step_losses import model_of
from trainer.augmentation.augmenting import Batch, augmenter_of
from trainer.engines.loops import loop_of
from trainer.engines.tensorflow import TensorFlowArrays
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

# Frozen, so that every step sees the same network.
FROZEN: dict[str, Any] = SMALL_MLP | {
    "network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.0}]},
    "optimizer": {"kind": "sgd", "learning_rate": 1e-30, "momentum": 0.0, "nesterov": False},
    "seed": 5,
}
EPOCH, STEP, BATCH = 3, 2, 64


def spec_with(**augmentation: Any) -> Spec:
    return parse_spec(FROZEN | {"augmentation": augmentation})


def loop_and_batch(spec: Spec) -> tuple[Any, np.ndarray, Batch]:
    """A loop, an order, and the batch of ``STEP`` in ``EPOCH`` as the same random numbers make it."""
    facts, data, parts, statistics = parts_of(spec)
    order, augmenter = parts.train.astype(np.int32), augmenter_of(spec, facts, statistics)
    assert augmenter is not None
    rows = order[STEP * BATCH : (STEP + 1) * BATCH]
    arrays = TensorFlowArrays(spec.seed, tf.constant(EPOCH), tf.constant(STEP))
    made = augmenter(arrays, tf.constant(data.inputs[rows], tf.float32), tf.constant(data.targets[rows]))
    return loop_of(model_of(spec), data.inputs, data.targets, spec, augmenter=augmenter), order, made


@pytest.mark.parametrize("mixes", [False, True], ids=["one class", "two classes"])
def test_a_step_is_taken_on_the_batch_of_its_seed_epoch_and_number(mixes: bool) -> None:
    spec = spec_with(rotation=20.0, random_erasing=0.5, **({"mixup": 1.0} if mixes else {}))
    loop, order, made = loop_and_batch(spec)
    targets = np.array(made.targets)
    predicted = np.array(loop.model(made.inputs))
    expected = -np.log(np.tile(predicted, (1 + mixes, 1))[np.arange(len(targets)), targets])
    weights = np.array(made.weights) if mixes else np.ones(BATCH)
    loss = loop.train(order, STEP, STEP + 1, EPOCH)[0]
    assert loss == pytest.approx((expected * weights).mean(), rel=1e-4)
    accuracy = (predicted.argmax(axis=1) == targets[:BATCH]).mean()
    assert loop.metrics()["accuracy"] == pytest.approx(accuracy)


def test_other_epochs_and_other_steps_draw_other_numbers() -> None:
    moments = [(0, 0), (0, 1), (1, 0), (1, 1)]
    drawn = [TensorFlowArrays(5, *map(tf.constant, moment)) for moment in moments]
    numbers = [float(arrays.uniform(1)[0]) for arrays in (*drawn, *drawn)]
    assert len(set(numbers)) == 2 * len(moments)


def test_the_model_that_is_saved_has_nothing_of_it() -> None:
    loop, *_ = loop_and_batch(spec_with(horizontal_flip=True, cutmix=1.0))
    kinds = {type(layer) for layer in loop.model.layers}
    assert kinds <= {keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Flatten, keras.layers.Dense}
    assert type(loop.model).compute_loss is keras.Model.compute_loss
    assert "compute_loss" not in vars(loop.model)
