"""Every option that is registered: planned as Keras builds it, evaluated as it was trained, resumed exactly.

``make test`` trains every ninetieth variant, ``make soak`` all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.every_option import VARIANTS
from tests.soak import soak
from tests.trainer.material import data_of, quiet
from tests.trainer.networks.test_plan import compare
from tests.trainer.resuming import Values, assert_exact, verdicts
from tests.trainer.training.test_session import SMALL_MLP
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.inference.evaluation import evaluate
from trainer.validation.parsing import parse_spec

SAMPLE = list(VARIANTS)[::90]
# What a plan is made from; the variants that differ elsewhere have the same network.
PLANNED = ("dataset", "normalization", "columns", "network", "output", "computation")
NETWORKS = {repr([values[section] for section in PLANNED]): name for name, values in VARIANTS.items()}.values()
REST = [pytest.param(name, marks=soak) for name in VARIANTS if name not in SAMPLE]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_plan_has_the_layers_and_parameters_that_keras_builds(name: str) -> None:
    compare(parse_spec(VARIANTS[name]))


@pytest.mark.parametrize("name", [*SAMPLE, *REST])
def test_it_resumes_exactly_and_is_evaluated_as_it_was_trained(name: str, tmp_path: Path) -> None:
    assert_exact(VARIANTS[name], tmp_path)
    spec, checkpoint = parse_spec(VARIANTS[name]), tmp_path / "whole" / "checkpoints" / "cp-0004"
    measured = evaluate(spec, data_of(spec.dataset.name), checkpoint, "validation", quiet)["metrics"]
    is_exact = spec.computation.precision == "float32"
    trained = {name: value for name, value in read_manifest(checkpoint).metrics.items() if name.startswith("val_")}
    assert {f"val_{name}": value for name, value in measured.items() if f"val_{name}" in trained} == pytest.approx(
        trained, rel=1e-3 if is_exact else 2e-2, abs=1e-6
    )


# On one device, a convnet is held to be exact by the tests of several devices.
ACCUMULATED = SMALL_MLP | {
    "fit": {"batch_size": 64, "gradient_accumulation": 3},
    "computation": {"precision": "mixed_float16"},
    "transfer": {"rate_decay": 0.5},
}
SOME = {name: VARIANTS[name] for name in SAMPLE[1::9]} | {"accumulation, float16 and rates by depth": ACCUMULATED}


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("variants", [SOME, pytest.param(VARIANTS, marks=soak)], ids=["some", "all"])
def test_it_resumes_exactly_on_jax_too(variants: dict[str, Values], tmp_path: Path) -> None:
    names = list(variants)
    asked = {str(number): variants[name] | {"engine": "jax"} for number, name in enumerate(names)}
    found = verdicts(asked, tmp_path, KERAS_BACKEND="jax")
    assert {names[int(number)]: wrong for number, wrong in found.items() if wrong} == {}
