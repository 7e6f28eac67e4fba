"""Every optimiser of the spec as Keras has it: its fields, its state, what it decays and clips."""

from __future__ import annotations

from typing import Any, get_args

import keras
import numpy as np
import pytest

from tests.trainer.material import compiled, refused, spec_for
from trainer.spec import Muon, Optimizer
from trainer.spec.fields import kind_of
from trainer.spec.optimization.fields import ClipNorm, ClipValue
from trainer.spec.optimization.optimizers import Adam, RmsProp, Sgd
from trainer.training.compilation import optimizer_of
from trainer.validation.parsing import parse_spec

PARTS: dict[str, Optimizer] = {kind_of(part): part() for part in get_args(Optimizer)}
MORE = {
    "sgd without momentum": Sgd(momentum=0.0, nesterov=False),
    "amsgrad": Adam(amsgrad=True, weight_decay=0.1),
    "rmsprop with all": RmsProp(momentum=0.5, centered=True),
}
ALL = PARTS | MORE


def made(part: Optimizer, *weights: keras.Variable, precision: str = "float32") -> keras.optimizers.Optimizer:
    spec = parse_spec({"computation": {"precision": precision}}).model_copy(update={"optimizer": part})
    optimizer = optimizer_of(spec, 1, weights)
    optimizer.build(list(weights))
    return optimizer


@pytest.mark.parametrize("name", ALL)
def test_it_has_every_field_of_its_part(name: str) -> None:
    config: dict[str, Any] = made(ALL[name]).get_config()
    for field, value in ALL[name].arguments().items():
        assert config[field] == (None if value is None else pytest.approx(value)), field


@pytest.mark.parametrize("name", ALL)
def test_it_keeps_as_many_numbers_for_a_weight_as_its_part_says(name: str) -> None:
    optimizer = made(ALL[name], keras.Variable(np.zeros(1000, np.float32)))
    kept = sum(int(np.prod(variable.shape)) for variable in optimizer.variables)
    assert kept // 1000 == ALL[name].num_slots


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
@pytest.mark.parametrize("name", ALL)
def test_it_goes_on_from_its_variables_alone(name: str, precision: str) -> None:
    """A checkpoint has these and the weights."""
    scale = 1.0 if precision == "float32" else 2.0**15  # of the loss, at first
    gradients = [np.random.default_rng(step).normal(scale=scale, size=(6, 4)).astype(np.float32) for step in range(6)]
    weight = keras.Variable(np.ones((6, 4), np.float32))
    whole = made(ALL[name], weight, precision=precision)
    for gradient in gradients[:3]:
        whole.apply([gradient], [weight])
    resumed = keras.Variable(weight.numpy())
    rest = made(ALL[name], resumed, precision=precision)
    for variable, value in zip(rest.variables, whole.variables, strict=True):
        variable.assign(value)
    for gradient in gradients[3:]:
        whole.apply([gradient], [weight])
        rest.apply([gradient], [resumed])
    assert (weight.numpy() == resumed.numpy()).all()
    assert (weight.numpy() != 1).any()


@pytest.mark.parametrize("decay_vectors", [True, False])
@pytest.mark.parametrize("name", PARTS)
def test_weight_decay_leaves_out_vectors_where_asked(name: str, decay_vectors: bool) -> None:
    update = {"learning_rate": 0.5, "weight_decay": 0.1, "decay_vectors": decay_vectors}
    matrix, bias = keras.Variable(np.ones((3, 3), np.float32)), keras.Variable(np.ones(3, np.float32))
    optimizer = made(PARTS[name].model_copy(update=update), matrix, bias)
    optimizer.apply([np.zeros((3, 3), np.float32), np.zeros(3, np.float32)], [matrix, bias])
    # Without a gradient, 1 - 0.5 * 0.1 is left.
    assert matrix.numpy() == pytest.approx(0.95)
    assert bias.numpy() == pytest.approx(0.95 if decay_vectors else 1.0)


def test_clipping_is_of_the_whole_gradient_or_of_each_number() -> None:
    taken = {}
    for clipping in (ClipNorm(bound=1.0), ClipValue(bound=1.0)):
        part = Sgd(learning_rate=1.0, momentum=0.0, nesterov=False, clipping=clipping)
        weights = [keras.Variable(np.zeros(1, np.float32)) for _ in range(2)]
        made(part, *weights).apply([np.array([-3.0]), np.array([-4.0])], weights)
        taken[clipping.kind] = [float(weight.numpy()[0]) for weight in weights]
    assert taken == {"norm": pytest.approx([0.6, 0.8]), "value": [1.0, 1.0]}


def test_there_is_one_way_of_clipping_at_a_time() -> None:
    assert set(refused({"optimizer": {"kind": "lion", "clip_norm": 1.0, "clip_value": 0.5}})) == {
        ("optimizer", "clip_norm"),
        ("optimizer", "clip_value"),
    }


def test_muon_is_for_the_hidden_matrices_alone() -> None:
    network = {"kind": "convnet", "blocks": [{"filters": 4}], "dense": [{"units": 8}]}
    spec = spec_for("digits", network=network, optimizer=Muon().model_dump())
    model = compiled(spec)
    model.optimizer.build(model.trainable_variables)
    pairs = zip(model.trainable_variables, model.optimizer.adam_velocities, strict=True)
    assert [weight.shape for weight, velocity in pairs if velocity is None] == [(4, 8)]
