"""What is frozen does not move by a bit, and everything else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.material import parts_of
from tests.trainer.training.test_session import spec_of, train
from trainer.checkpoints.loading import load_model
from trainer.data.bundled.catalog import facts_of
from trainer.events.events import AnyEvent, Logged
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.spec import Spec
from trainer.training.compilation import compile_model
from trainer.training.keras_model import build_model
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

BLOCK = {"filters": 3, "activation": "tanh", "dropout": 0.2}
DENSE = {"units": 5, "activation": "tanh", "max_norm": 1.0}
# conv_1, batch_normalization_1, conv_2, batch_normalization_2, dense_1, output
CONVNET: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"kind": "convnet", "blocks": [BLOCK, BLOCK | {"convolution": "separable"}], "dense": [DENSE]},
    "fit": {"epochs": 1, "batch_size": 64},
}
OPTIMIZERS = [
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "adam", "clip_norm": 1.0},
    {"kind": "adamw", "weight_decay": 0.5},
    {"kind": "rmsprop", "momentum": 0.5},
]
NAMES = [layer.name for layer in plan_of(parse_spec(CONVNET), facts_of("digits")).layers]
freezes = st.one_of(
    st.just({"kind": "nothing"}),
    st.just({"kind": "all_but_output"}),
    st.fixed_dictionaries({"kind": st.just("first"), "layers": st.integers(1, 5)}),
    st.fixed_dictionaries({"kind": st.just("up_to"), "layer": st.sampled_from(NAMES[:-1])}),
    st.fixed_dictionaries({"kind": st.just("all_but_last"), "percent": st.floats(0.1, 99.9)}),
)

Weights = dict[str, list[np.ndarray]]


def weights_of(model: keras.Model) -> Weights:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def stepped(spec: Spec, num_steps: int = 2) -> tuple[Plan, Weights, Weights]:
    """The plan, and the weights before and after some steps, computed without compiling them, which takes a second."""
    facts, data, _, statistics = parts_of(spec)
    keras.utils.clear_session(free_memory=False)
    model = build_model(spec, facts, statistics)
    compile_model(model, spec, facts, statistics)
    model.run_eagerly = True
    before = weights_of(model)
    for step in range(num_steps):
        rows = slice(step * 32, step * 32 + 32)
        model.train_on_batch(data.inputs[rows], data.targets[rows])
    return plan_of(spec, facts), before, weights_of(model)


def moved(before: Weights, after: Weights) -> dict[str, list[bool]]:
    return {
        name: [one.tobytes() != other.tobytes() for one, other in zip(before[name], after[name], strict=True)]
        for name in before
    }


@settings(max_examples=12, deadline=None)
@given(freezes, st.sampled_from(OPTIMIZERS))
def test_frozen_layers_do_not_move_by_a_bit_and_everything_else_does(freeze: Any, optimizer: Any) -> None:
    spec = parse_spec(CONVNET | {"transfer": {"freeze": freeze}, "optimizer": optimizer})
    assert not check_spec(spec, facts_of("digits"))
    plan, before, after = stepped(spec)
    for name, arrays in moved(before, after).items():
        assert set(arrays) == {name not in plan.frozen}


def logged(found: list[AnyEvent]) -> list[str]:
    return [str(event.message) for event in found if isinstance(event, Logged)]


def test_a_branch_in_the_compiled_loop_keeps_what_it_froze(tmp_path: Path) -> None:
    found = train(spec_of(CONVNET | {"transfer": {"freeze": {"kind": "first"}}}), tmp_path / "parent")
    assert any("keep random initial weights" in line for line in logged(found))
    start = tmp_path / "parent" / "checkpoints" / "cp-0001"
    asked = {"freeze": {"kind": "all_but_output"}}
    spec = spec_of(CONVNET | {"transfer": asked, "optimizer": {"kind": "adamw", "weight_decay": 0.5}})
    found = train(spec, tmp_path / "branch", weights_from=start)
    before, after = (weights_of(load_model(path)) for path in (start, tmp_path / "branch" / "checkpoints" / "cp-0001"))
    assert {name for name, arrays in moved(before, after).items() if any(arrays)} == {"output"}
    assert any("5 of 6 layers with weights frozen, 60 of" in line for line in logged(found))
    assert not any("random" in line for line in logged(found))
