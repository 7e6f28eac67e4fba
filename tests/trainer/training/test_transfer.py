"""What is frozen does not move by a bit, and everything else does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.material import built, compiled, data_of, parts_of
from tests.trainer.training.test_session import SMALL_MLP, events, spec_of, train
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.checkpoints.loading import load_model
from trainer.data.bundled.catalog import facts_of
from trainer.errors import CheckpointDamaged
from trainer.events.events import AnyEvent, Logged
from trainer.events.sink import EventSink
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.networks.transfer import fitting, taken_layers
from trainer.spec import Spec
from trainer.training.request import FitRequest
from trainer.training.session import Training
from trainer.training.transfer import FrozenProof
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

BLOCK = {"filters": 3, "activation": "tanh", "dropout": 0.2}
DENSE = {"units": 5, "activation": "tanh", "constraint": {"kind": "max_norm", "value": 1.0}}
# conv_1, batch_normalization_1, conv_2, batch_normalization_2, dense_1, output
CONVNET: dict[str, Any] = {
    "dataset": {"name": "digits"},
    "network": {"kind": "convnet", "blocks": [BLOCK, BLOCK | {"convolution": "separable"}], "dense": [DENSE]},
    "fit": {"epochs": 1, "batch_size": 64},
}
OPTIMIZERS = [
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "adam", "clipping": "norm"},
    {"kind": "adamw", "weight_decay": 0.5},
    {"kind": "rmsprop", "momentum": 0.5},
]
NAMES = [layer.name for layer in plan_of(parse_spec(CONVNET), facts_of("digits")).layers]
freezes = st.one_of(
    st.just(None),
    st.just({"kind": "all_but_output"}),
    st.fixed_dictionaries({"kind": st.just("first"), "layers": st.integers(1, 5)}),
    st.fixed_dictionaries({"kind": st.just("up_to"), "layer": st.sampled_from(NAMES[:-1])}),
    st.fixed_dictionaries({"kind": st.just("all_but_last"), "share": st.floats(1e-9, 0.999)}),
)

Weights = dict[str, list[np.ndarray]]


def weights_of(model: keras.Model) -> Weights:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def stepped(spec: Spec, num_steps: int = 2) -> tuple[Plan, Weights, Weights]:
    """The plan, and the weights before and after some steps, computed without compiling them, which takes a second."""
    facts, data, _, _ = parts_of(spec)
    keras.utils.clear_session(free_memory=False)
    model = compiled(spec)
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


@settings(max_examples=8, deadline=None)
@given(freezes, st.sampled_from(OPTIMIZERS))
def test_frozen_layers_do_not_move_by_a_bit_and_everything_else_does(freeze: Any, optimizer: Any) -> None:
    spec = parse_spec(CONVNET | {"transfer": {"freeze": freeze}, "optimizer": optimizer})
    assert not check_spec(spec, facts_of("digits"))
    plan, before, after = stepped(spec)
    for name, arrays in moved(before, after).items():
        assert set(arrays) == {name not in plan.frozen}


def with_rates(*rates: tuple[str, float], **others: Any) -> dict[str, Any]:
    return CONVNET | {"transfer": {"rates": [{"layer": name, "rate": rate} for name, rate in rates]}} | others


@pytest.mark.parametrize("fit", [{}, {"gradient_accumulation": 2}], ids=["each step", "accumulated"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS[1:3], ids=lambda optimizer: str(optimizer["kind"]))
def test_a_multiplier_of_0_is_freezing_bit_for_bit(optimizer: Any, fit: Any) -> None:
    first = ("conv_1", "batch_normalization_1", "conv_2")
    same = {"optimizer": optimizer, "fit": CONVNET["fit"] | fit}
    _, _, slow = stepped(parse_spec(with_rates(*((name, 0.0) for name in first), **same)))
    frozen = {"transfer": {"freeze": {"kind": "first", "layers": 3}}}
    _, _, kept = stepped(parse_spec(CONVNET | same | frozen))
    assert not any(any(arrays) for arrays in moved(slow, kept).values())


PLAIN = {"kind": "mlp", "layers": [{"units": 5, "dropout": 0.0, "activation": "tanh"}] * 2}
multipliers = st.floats(0.01, 100)


@settings(max_examples=6, deadline=None)
@given(multipliers, st.sampled_from(["sgd", "adam", "adamw", "rmsprop"]), st.sampled_from(["float32", "mixed_float16"]))
def test_a_step_at_a_multiplier_is_so_many_times_the_step_without(rate: float, kind: str, precision: str) -> None:
    same = {
        "network": PLAIN,
        "optimizer": {"kind": kind, "learning_rate": 1e-4},
        "computation": {"precision": precision},
    }
    _, before, usual = stepped(parse_spec(CONVNET | same), 1)
    _, _, changed = stepped(parse_spec(with_rates(("dense_1", rate), **same)), 1)
    for name in before:
        share = rate if name == "dense_1" else 1.0
        for start, one, other in zip(before[name], usual[name], changed[name], strict=True):
            np.testing.assert_allclose(other - start, share * (one - start), rtol=1e-2, atol=2e-7 * max(1, share))


def test_weight_decay_is_multiplied_as_well() -> None:
    """A layer without a gradient moves by its decay alone."""
    asked = {"optimizer": {"kind": "adamw", "learning_rate": 0.1, "weight_decay": 0.5, "epsilon": 1e-7}}
    spec = parse_spec(with_rates(("output", 0.2), **asked))
    model = compiled(spec)
    before = weights_of(model)
    model.optimizer.apply(
        [keras.ops.zeros_like(weight) for weight in model.trainable_variables], model.trainable_variables
    )
    after = weights_of(model)
    np.testing.assert_allclose(after["output"][0], before["output"][0] * (1 - 0.1 * 0.5 * 0.2), rtol=1e-5)
    np.testing.assert_allclose(after["conv_1"][0], before["conv_1"][0] * (1 - 0.1 * 0.5), rtol=1e-5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1)


def logged(found: list[AnyEvent]) -> list[str]:
    return [str(event.message) for event in found if isinstance(event, Logged)]


def test_a_branch_in_the_compiled_loop_keeps_what_it_froze(tmp_path: Path) -> None:
    small = CONVNET | {"network": {"kind": "convnet", "blocks": [BLOCK]}}
    found = train(spec_of(small | {"transfer": {"freeze": {"kind": "first"}}}), tmp_path / "parent")
    assert any("keep random initial weights, because no checkpoint gives them any: conv_1" in x for x in logged(found))
    start = tmp_path / "parent" / "checkpoints" / "cp-0001"
    asked = {"freeze": {"kind": "all_but_output"}}
    spec = spec_of(small | {"transfer": asked, "optimizer": {"kind": "adamw", "weight_decay": 0.5}})
    found = train(spec, tmp_path / "branch", weights_from=start)
    before, after = (weights_of(load_model(path)) for path in (start, tmp_path / "branch" / "checkpoints" / "cp-0001"))
    assert {name for name, arrays in moved(before, after).items() if any(arrays)} == {"output"}
    assert logged(found)[:2] == [
        "All 3 layers with weights start with those of cp-0001.",
        "2 of 3 layers with weights frozen, 40 of 79 parameters trained",
    ]
    proof = "2 of 3 layers with weights did not change by a bit in this training: conv_1, batch_normalization_1."
    assert proof in logged(found)


MLP = SMALL_MLP | {"network": {"kind": "mlp", "layers": [{"units": 16}, {"units": 8}]}, "fit": CONVNET["fit"]}
OTHER_CLASSES = MLP | {"output": {"units": 12}}
HEAD = MLP | {"output": {"head": {"kind": "dropout", "units": 4}}}
OTHER_MIDDLE = MLP | {"network": {"kind": "mlp", "layers": [{"units": 16}, {"units": 16}, {"units": 8}]}}


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parent")
    train(spec_of(MLP), folder)
    return folder / "checkpoints" / "cp-0001"


def begun(values: dict[str, Any], checkpoint: Path, tmp_path: Path) -> tuple[Weights, Weights, list[str]]:
    """The weights of a branch before it is trained, those it would have without a parent, and what it logs."""
    spec, sink = spec_of(values), EventSink(tmp_path)
    training = Training(FitRequest(spec, tmp_path, data_of(spec.dataset.name), weights_from=checkpoint), sink)
    fresh = weights_of(training.model)
    training.start()
    training.writer.settle()
    return weights_of(training.model), fresh, logged(events(tmp_path))


@pytest.mark.parametrize(
    ("values", "taken", "told"),
    [
        (MLP, {"dense_1", "dense_2", "output"}, "All 3 layers"),
        (MLP | {"transfer": {"new_output": True}}, {"dense_1", "dense_2"}, "2 of 3"),
        (OTHER_CLASSES, {"dense_1", "dense_2"}, "2 of 3 layers with weights start with those of cp-0001; new: output."),
        (HEAD, {"dense_1", "dense_2"}, "2 of 4 layers with weights start with those of cp-0001; new: head_dense, "),
        (OTHER_MIDDLE, {"dense_1"}, "1 of 4"),  # dense_2 fits nothing, and what follows it is worth nothing
    ],
)
def test_a_branch_takes_the_weights_that_fit_and_says_so(
    values: dict[str, Any], taken: set[str], told: str, parent: Path, tmp_path: Path
) -> None:
    theirs = weights_of(load_model(parent))
    ours, fresh, lines = begun(values, parent, tmp_path)
    for name, arrays in ours.items():
        expected = theirs[name] if name in taken else fresh[name]
        assert [array.tobytes() for array in arrays] == [array.tobytes() for array in expected]
    assert lines[0].startswith(told)
    old, new = (plan_of(spec_of(each), facts_of("digits")) for each in (MLP, values))
    foreseen = taken_layers(new, fitting(old, new), new_output=spec_of(values).transfer.new_output)
    assert set(foreseen) == taken  # the site says so before the launch


def test_a_branch_that_nothing_fits_is_refused(parent: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointDamaged, match="its first layers are others"):
        begun(MLP | {"network": {"kind": "mlp", "layers": [{"units": 15}, {"units": 8}]}}, parent, tmp_path)


def test_the_proof_compares_with_the_beginning_also_after_a_resume(tmp_path: Path) -> None:
    values = MLP | {"transfer": {"freeze": {"kind": "first"}}, "fit": {"epochs": 2, "batch_size": 64}}
    train(spec_of(values, epochs=1), tmp_path / "first")
    start = tmp_path / "first" / "checkpoints" / "cp-0001"
    assert read_manifest(start).callbacks["frozen"].keys() == {"dense_1", "dense_2", "output"}
    found = train(spec_of(values), tmp_path / "rest", resume_from=start)
    assert "1 of 3 layers with weights did not change by a bit in this training: dense_1." in logged(found)


def test_the_proof_reports_a_frozen_layer_that_changed(tmp_path: Path) -> None:
    spec = parse_spec(MLP | {"transfer": {"freeze": {"kind": "first"}}})
    model, sink = built(spec), EventSink(tmp_path)
    proof = FrozenProof(model, plan_of(spec, facts_of("digits")))
    proof.begin()
    kernel = model.get_layer("dense_1").kernel
    kernel.assign(np.nextafter(np.asarray(kernel), np.float32(9)))
    proof.report(sink)
    assert logged(events(tmp_path))[-1] == "These layers were frozen and changed all the same: dense_1."
