"""Families that are known by a name: the networks of their papers, and what they refuse."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.every_option import TINY
from tests.trainer.material import spec_for
from tests.trainer.networks.test_plan import compare
from trainer.checkpoints.model_config import LARGEST
from trainer.data.bundled.catalog import facts_of
from trainer.errors import SpecError
from trainer.networks.costs import COSTS, Impossible
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec


def plan(dataset: str, **network: Any) -> Plan:
    return plan_of(spec_for(dataset, network=network), facts_of(dataset))


def trainable(found: Plan) -> int:
    """Half of the parameters of a batch normalisation are moments, which are not trained."""
    moments = sum(row.num_parameters // 2 for row in found.outline() if row.kind == "BatchNormalization")
    return found.num_parameters - moments


# The numbers of other implementations, for 10 classes.
KNOWN = [
    ({"kind": "resnet"}, 272_474),
    ({"kind": "resnet", "blocks_per_stage": 9}, 855_770),
    ({"kind": "resnet", "squeeze_ratio": 16}, 274_490),
    ({"kind": "wide_resnet", "blocks_per_stage": 2, "widening": 4}, 2_748_890),
    ({"kind": "wide_resnet", "blocks_per_stage": 4, "widening": 10}, 36_479_194),
    ({"kind": "densenet", "layers_per_stage": 16}, 769_162),
]


@pytest.mark.parametrize(("network", "parameters"), KNOWN)
def test_the_networks_of_the_papers_have_their_numbers_of_parameters(network: Any, parameters: int) -> None:
    assert trainable(plan("cifar10", **network)) == parameters


def test_multiply_adds_are_those_that_others_give_for_resnet_20() -> None:
    work = sum(row.multiply_adds for row in plan("cifar10", kind="resnet").outline() if row.kind in {"Conv2D", "Dense"})
    assert round(work / 1e6, 2) == 40.81


booleans, few = st.booleans(), st.integers(1, 2)
rates, activations = st.sampled_from([0.0, 0.3]), st.sampled_from(["prelu", "selu", "linear"])
picture = {"resize": st.sampled_from([None, 9]), "activation": activations, "dropout": rates}
FAMILIES = {
    "resnet": picture
    | {
        "width": st.integers(1, 5),
        "stages": st.integers(1, 5),
        "blocks_per_stage": few,
        "pre_activation": booleans,
        "squeeze_ratio": st.sampled_from([None, 2, 64]),
    },
    "wide_resnet": picture | {"widening": st.just(1), "stages": st.integers(1, 5), "blocks_per_stage": few},
    "densenet": picture
    | {"growth_rate": few, "stages": st.integers(1, 5), "layers_per_stage": few}
    | {"bottleneck": booleans, "compression": st.floats(0.1, 1)},
    "vgg": picture
    | {"filters": few, "max_filters": few, "stages": st.integers(1, 5), "convolutions_per_stage": few}
    | {"batch_normalization": booleans, "reduction": st.sampled_from(["flatten", "global_average"])},
    "xception": picture
    | {"filters": few, "stem_stride": few, "stages": st.integers(1, 4), "middle_blocks": st.integers(0, 1)},
    "resnet_mlp": {"width": st.integers(1, 9), "blocks": few, "hidden_factor": st.floats(0.01, 4)}
    | {"activation": activations, "dropout": rates, "residual_dropout": rates},
}
networks = st.one_of(st.fixed_dictionaries({"kind": st.just(kind)} | dict(fields)) for kind, fields in FAMILIES.items())


@settings(max_examples=15)
@given(networks)
def test_the_outline_of_any_network_is_that_of_keras_or_it_has_too_many_stages(network: Any) -> None:
    spec = parse_spec({"network": network})
    problems = check_spec(spec, facts_of("digits"))
    assert {problem.path[-1] for problem in problems} <= {"stages"}
    if not problems:
        compare(spec)


def test_five_stages_of_two_are_the_convolutions_of_vgg_13() -> None:
    found = plan("cifar10", kind="vgg", stages=5, filters=64, batch_normalization=False)
    assert sum(row.num_parameters for row in found.outline() if row.kind == "Conv2D") == 9_404_992


MOST_STAGES = {"resnet": 4, "wide_resnet": 4, "densenet": 4, "vgg": 3, "xception": 3}


@pytest.mark.parametrize(("kind", "most"), MOST_STAGES.items())
def test_more_stages_than_the_pictures_can_be_halved_are_refused_at_their_field(kind: str, most: int) -> None:
    with pytest.raises(SpecError, match=f"6 given, but pictures of 8 × 8 pixels .* at most {most}") as error:
        plan_of(parse_spec({"network": {"kind": kind, "stages": 6}}), facts_of("digits"))
    assert [problem.path for problem in error.value.problems] == [("network", "stages")]


stages = {"resize": st.just(64), "stages": st.integers(4, 6)}
WIDE = {
    "resnet": stages | {"width": st.integers(1, 512), "blocks_per_stage": st.just(1)},
    "wide_resnet": stages | {"widening": st.integers(1, 32), "blocks_per_stage": st.just(1)},
    "densenet": stages
    | {"growth_rate": st.integers(1, 256), "layers_per_stage": st.integers(1, 64), "compression": st.just(1.0)},
    "xception": stages | {"filters": st.integers(1, 512), "middle_blocks": st.just(0)},
}


@given(st.one_of(st.fixed_dictionaries({"kind": st.just(kind)} | dict(fields)) for kind, fields in WIDE.items()))
def test_the_checkpoints_of_any_network_that_is_not_too_large_can_be_loaded(network: Any) -> None:
    spec = parse_spec({"network": network})
    if check_spec(spec, facts_of("digits")):
        return
    filters = [layer.kwargs["filters"] for layer in plan_of(spec, facts_of("digits")).layers if "Conv" in layer.kind]
    assert max(filters) <= LARGEST["filters"]


@pytest.mark.parametrize("kind", MOST_STAGES)
def test_a_network_for_pictures_is_refused_on_a_table_at_its_kind(kind: str) -> None:
    with pytest.raises(SpecError, match="Iris, which is a table") as error:
        plan_of(parse_spec({"network": {"kind": kind}}), facts_of("iris"))
    assert [problem.path for problem in error.value.problems] == [("network", "kind")]


# Other runs refer to the layers of a checkpoint by name.
NAMES = {
    "resnet": "stem_conv stage_1_block_1_conv_1 stage_1_block_1_conv_2 stage_1_block_1_squeeze_dense_1 "
    "stage_1_block_1_squeeze_dense_2 stage_2_block_1_conv_1 stage_2_block_1_conv_2 stage_2_block_1_squeeze_dense_1 "
    "stage_2_block_1_squeeze_dense_2 stage_2_block_1_shortcut output",
    "wide_resnet": "stem_conv stage_1_block_1_conv_1 stage_1_block_1_conv_2 output",
    "densenet": "stem_conv stage_1_layer_1_conv_1 stage_1_layer_1_conv_2 stage_1_transition_conv "
    "stage_2_layer_1_conv_1 stage_2_layer_1_conv_2 output",
    "vgg": "stage_1_conv_1 dense_1 output",
    "xception": "stem_conv stage_1_conv_1 stage_1_conv_2 stage_1_shortcut final_conv output",
    "resnet_mlp": "stem_dense block_1_dense_1 block_1_dense_2 output",
}


@pytest.mark.parametrize("kind", NAMES)
def test_the_layers_with_weights_have_names_that_stay(kind: str) -> None:
    found = plan("digits", kind=kind, **TINY[kind])
    assert [row.name for row in found.outline() if row.kind.endswith(("Conv2D", "Dense"))] == NAMES[kind].split()


sizes = st.integers(1, 9)
windows = {"strides": st.integers(1, 3), "padding": st.sampled_from(["same", "valid"])}
convolutions = st.fixed_dictionaries(
    {"filters": sizes, "kernel_size": st.integers(1, 4), "use_bias": booleans} | windows
)
poolings = st.fixed_dictionaries({"pool_size": st.integers(1, 4)} | windows)
layers = st.one_of(
    st.tuples(st.sampled_from(["Conv2D", "SeparableConv2D"]), convolutions),
    st.tuples(st.sampled_from(["MaxPooling2D", "AveragePooling2D"]), poolings),
)


@settings(max_examples=60)
@given(layers, st.tuples(sizes, sizes, sizes))
def test_a_window_with_strides_and_padding_has_the_shape_and_weights_of_keras(
    layer: tuple[str, Any], shape: tuple[int, int, int]
) -> None:
    kind, arguments = layer
    tensor = keras.KerasTensor((None, *shape))
    made = getattr(keras.layers, kind)(**arguments)
    try:
        cost = COSTS[kind](arguments, [shape])
    except Impossible:
        with pytest.raises(ValueError, match="zero or negative"):
            made(tensor)
        return
    assert cost.output_shape == made(tensor).shape[1:]
    assert cost.num_parameters == made.count_params()
