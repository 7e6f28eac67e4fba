"""Which layers are frozen is known without Keras, and what cannot be frozen is refused at its field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trainer.networks.test_plan import built
from trainer.data.bundled.catalog import facts_of
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

BLOCKS = [{"filters": 4}, {"filters": 4, "normalization": None}]
CONVNET: dict[str, Any] = {"network": {"kind": "convnet", "blocks": BLOCKS, "dense": [{"units": 8}]}}
LAYERS = ["conv_1", "batch_normalization_1", "conv_2", "dense_1", "output"]
FREEZES: list[tuple[dict[str, Any], int]] = [
    (None, 0),
    ({"kind": "first", "layers": 1}, 1),
    ({"kind": "up_to", "layer": "pool_1"}, 2),
    ({"kind": "up_to", "layer": "conv_2"}, 3),
    ({"kind": "up_to", "layer": "rescaling"}, 0),
    ({"kind": "all_but_output"}, 4),
    ({"kind": "all_but_last", "share": 0.2}, 4),
    ({"kind": "all_but_last", "share": 0.201}, 3),
    ({"kind": "all_but_last", "share": 0.99}, 0),
]


def plan_with(freeze: dict[str, Any]) -> Plan:
    return plan_of(parse_spec(CONVNET | {"transfer": {"freeze": freeze}}), facts_of("digits"))


@pytest.mark.parametrize(("freeze", "count"), FREEZES)
def test_a_way_to_freeze_keeps_so_many_layers(freeze: dict[str, Any], count: int) -> None:
    plan = plan_with(freeze)
    assert (plan.weighted, plan.frozen) == (LAYERS, LAYERS[:count])


@pytest.mark.parametrize("freeze", [freeze for freeze, _ in FREEZES[::2]])
def test_the_plan_counts_the_parameters_that_keras_trains(freeze: dict[str, Any]) -> None:
    model = built(parse_spec(CONVNET | {"transfer": {"freeze": freeze}}))
    assert plan_with(freeze).num_trained == sum(weight.numpy().size for weight in model.trainable_weights)


def test_frozen_layers_need_no_backward_pass_unless_a_trained_one_is_before_them() -> None:
    whole, front = plan_with(None), plan_with({"kind": "first", "layers": 3})
    saved = sum(2 * whole.cost_of(name).multiply_adds for name in front.frozen)
    assert whole.training_multiply_adds - front.training_multiply_adds == saved
    middle = whole.trained_at({"conv_2": 0.0})
    saved = whole.cost_of("conv_2").multiply_adds
    assert whole.training_multiply_adds - middle.training_multiply_adds == saved


@pytest.mark.parametrize(
    ("freeze", "field", "told"),
    [
        ({"kind": "first", "layers": 5}, "layers", "5 given, but one of the 5 layers with weights must be trained"),
        ({"kind": "up_to", "layer": "conv2"}, "layer", "a name in the preview, such as conv_2"),
        ({"kind": "up_to", "layer": "output"}, "layer", "a layer above output, such as dense_1"),
    ],
)
def test_what_cannot_be_frozen_is_refused_at_its_field(freeze: dict[str, Any], field: str, told: str) -> None:
    (problem,) = check_spec(parse_spec(CONVNET | {"transfer": {"freeze": freeze}}), facts_of("digits"))
    assert problem.path == ("transfer", "freeze", field)
    assert told in str(problem.message)


def test_a_linear_model_has_nothing_to_freeze() -> None:
    spec = parse_spec({"network": {"kind": "mlp", "layers": []}, "transfer": {"freeze": {"kind": "first"}}})
    (problem,) = check_spec(spec, facts_of("digits"))
    assert "a single layer with weights" in str(problem.message)


def test_layers_learn_more_slowly_the_further_they_are_from_the_output() -> None:
    rates = [{"layer": "conv_2", "rate": 3.0}, {"layer": "dense_1", "rate": 0.0}]
    asked = {"rate_decay": 0.5, "freeze": {"kind": "first", "layers": 1}}
    plan = plan_of(parse_spec(CONVNET | {"transfer": asked}), facts_of("digits"))
    assert [plan.rate_of(name) for name in LAYERS] == [0.0, 0.125, 0.25, 0.5, 1.0]
    plan = plan_of(parse_spec(CONVNET | {"transfer": asked | {"rates": rates}}), facts_of("digits"))
    assert [plan.rate_of(name) for name in LAYERS] == [0.0, 0.125, 3.0, 0.0, 1.0]
    assert plan.frozen == ["conv_1", "dense_1"]


@pytest.mark.parametrize(
    ("rates", "field", "told"),
    [
        ([("pool_1", 0.1)], (0, "layer"), "no such layer with weights"),
        ([("conv_2", 0.1), ("conv_2", 0.2)], (1, "layer"), "conv_2 given twice"),
        ([("conv_1", 0.1)], (0, "rate"), "0.1 given for conv_1, which is frozen"),
        ([(name, 0.0) for name in LAYERS], (), "nothing would be trained"),
    ],
)
def test_a_rate_that_means_nothing_is_refused(rates: Any, field: tuple[Any, ...], told: str) -> None:
    asked = {
        "freeze": {"kind": "first", "layers": 1},
        "rates": [{"layer": name, "rate": rate} for name, rate in rates],
    }
    (problem,) = check_spec(parse_spec(CONVNET | {"transfer": asked}), facts_of("digits"))
    assert problem.path == ("transfer", "rates", *field)
    assert told in str(problem.message)
