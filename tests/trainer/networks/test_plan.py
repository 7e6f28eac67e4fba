"""A plan says of a network what Keras says, without Keras."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.every_option import VARIANTS
from tests.trainer.material import spec_for
from trainer.data.bundled.catalog import facts_of
from trainer.data.statistics import Statistics
from trainer.errors import SpecError
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.spec import Spec
from trainer.training.keras_model import build_model
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import EXAMPLES

activations = st.sampled_from(["relu", "selu", "linear", "prelu", "maxout"])
rates = st.sampled_from([0.0, 0.3])
dense = st.fixed_dictionaries(
    {
        "units": st.integers(1, 40),
        "activation": activations,
        "dropout": rates,
        "constraint": st.sampled_from([None, {"kind": "max_norm", "value": 2.0}]),
    }
)
blocks = st.fixed_dictionaries(
    {
        "filters": st.integers(1, 12),
        "kernel_size": st.integers(1, 5),
        "convolution": st.sampled_from(["full", "separable"]),
        "activation": activations,
        "normalization": st.sampled_from([None, "batch", "layer"]),
        "pool_size": st.integers(1, 3),
        "pooling": st.sampled_from(["max", "average"]),
        "strides": st.integers(1, 3),
        "dropout": rates,
    }
)
mlps = st.builds(lambda layers: {"kind": "mlp", "layers": layers}, st.lists(dense, max_size=3))
convnets = st.fixed_dictionaries(
    {
        "kind": st.just("convnet"),
        "resize": st.sampled_from([None, 8, 13]),
        "blocks": st.lists(blocks, min_size=1, max_size=3),
        "reduction": st.sampled_from(["global_average", "global_max", "flatten"]),
        "dense": st.lists(dense, max_size=2),
    }
)
inputs = st.sampled_from(["auto", "standardize", "rescale", "none"])


def built(spec: Spec) -> keras.Model:
    """The model that Keras builds of the plan, without looking at data."""
    keras.utils.clear_session(free_memory=False)  # collecting garbage takes seconds after many tests
    facts = facts_of(spec.dataset.name)
    width = facts.input_shape[-1]
    statistics = Statistics((0.0,) * width, (1.0,) * width, (0.0,) * width, (1.0,) * width)
    return build_model(spec, plan_of(spec, facts), statistics)


def compare(spec: Spec) -> None:
    """Hold the plan against the model that Keras builds of it."""
    model, plan = built(spec), plan_of(spec, facts_of(spec.dataset.name))
    rows = [(row.name, row.output_shape, row.num_parameters) for row in plan.outline()]
    layers = [(layer.name, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers]
    # Keras lists the layers of two branches in an order of its own.
    assert sorted(rows) == sorted(layers)
    assert plan.num_parameters == model.count_params()
    assert plan.num_trained == sum(weight.numpy().size for weight in model.trainable_weights)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_outline_of_every_example_is_that_of_keras(name: str) -> None:
    compare(EXAMPLES[name]())


@settings(max_examples=15)
@given(st.sampled_from(["digits", "wine", "diabetes"]), mlps, inputs, st.booleans())
def test_the_outline_of_any_mlp_is_that_of_keras(dataset: str, network: Any, scaling: str, scaled: bool) -> None:
    targets = "standardize" if scaled else "none"
    compare(spec_for(dataset, network=network, normalization={"inputs": scaling, "targets": targets}))


@settings(max_examples=20)
@given(convnets, inputs)
def test_the_outline_of_any_convnet_is_that_of_keras_or_it_shrinks_too_far(network: Any, scaling: str) -> None:
    spec = parse_spec({"network": network, "normalization": {"inputs": scaling}})
    problems = check_spec(spec, facts_of("digits"))
    assert {problem.path[-1] for problem in problems} <= {"pool_size"}
    if not problems:
        compare(spec)


def plan(dataset: str, **sections: Any) -> Plan:
    return plan_of(spec_for(dataset, **sections), facts_of(dataset))


def test_multiply_adds_of_a_dense_layer_are_its_weights() -> None:
    outline = plan("iris", network={"kind": "mlp", "layers": [{"units": 10}]}).outline()
    assert {row.name: row.multiply_adds for row in outline if row.kind == "Dense"} == {"dense_1": 40, "output": 30}


def test_multiply_adds_of_a_convolution_are_its_weights_at_every_pixel() -> None:
    outline = plan("digits", network={"kind": "convnet", "blocks": [{"filters": 4, "kernel_size": 3}]}).outline()
    assert next(row.multiply_adds for row in outline if row.kind == "Conv2D") == 8 * 8 * 3 * 3 * 1 * 4


def test_multiply_adds_of_a_separable_convolution_are_one_kernel_a_channel_and_a_matrix_at_every_pixel() -> None:
    blocks = [{"filters": 4, "pool_size": 1}, {"filters": 6, "convolution": "separable"}]
    outline = plan("digits", network={"kind": "convnet", "blocks": blocks}).outline()
    (row,) = (row for row in outline if row.kind == "SeparableConv2D")
    assert row.multiply_adds == 8 * 8 * (3 * 3 * 4 + 4 * 6)


def test_an_enlarged_picture_costs_by_its_new_size() -> None:
    network = {"kind": "convnet", "resize": 28, "blocks": [{"filters": 4}]}
    shapes = {row.kind: row.output_shape for row in plan("digits", network=network).outline()}
    assert (shapes["Resizing"], shapes["Conv2D"], shapes["MaxPooling2D"]) == ((28, 28, 1), (28, 28, 4), (14, 14, 4))


def test_memory_counts_the_channels_between_the_two_halves_of_a_separable_convolution() -> None:
    full, separable = (
        plan("cifar10", network={"kind": "convnet", "blocks": [{"filters": 4, "convolution": convolution}]})
        for convolution in ("full", "separable")
    )
    assert separable.num_activations - full.num_activations == 32 * 32 * 3


def test_an_image_that_shrinks_below_a_pixel_is_refused_at_the_block_that_does_it() -> None:
    with pytest.raises(SpecError, match="only 1 × 1 pixels here; accepted: 1 to 1") as error:
        plan_of(parse_spec({"network": {"kind": "convnet", "blocks": [{}, {}, {}, {}]}}), facts_of("digits"))
    assert error.value.problems[0].path == ("network", "blocks", 3, "pool_size")


def test_a_convnet_on_a_table_is_refused_at_the_kind() -> None:
    with pytest.raises(SpecError, match="Iris, which is a table") as error:
        plan_of(parse_spec({"network": {"kind": "convnet"}}), facts_of("iris"))
    assert error.value.problems[0].path == ("network", "kind")


def test_every_layer_comes_from_a_field_of_its_spec() -> None:
    for name, values in VARIANTS.items():
        spec = parse_spec(values)
        fields = spec.to_json()
        for layer in plan_of(spec, facts_of(spec.dataset.name)).layers:
            found: Any = fields
            for step in layer.origin:
                assert isinstance(step, int) or step in found, (name, layer.name)
                found = found[step]


def test_layers_have_seeds_of_their_own_that_follow_from_the_spec() -> None:
    seeds = [
        layer.kwargs["seed"]
        for seed in (0, 0, 1)
        for layer in plan("digits", seed=seed).layers
        if layer.kind == "Dropout"
    ]
    first, second = seeds[:2]
    assert first != second
    assert seeds[2:4] == [first, second]
    assert not {first, second} & set(seeds[4:])
