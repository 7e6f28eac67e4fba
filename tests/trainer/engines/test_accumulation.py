"""Gradients of several batches, added up before the optimiser takes a step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.soak import soak
from tests.trainer.material import refused, spec_for
from tests.trainer.resuming import assert_exact
from tests.trainer.training.test_session import SMALL_MLP, train
from trainer.checkpoints.loading import load_model
from trainer.data.bundled.catalog import facts_of
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

# 20 batches an epoch: after every epoch, gradients of two of them wait in the optimiser.
UNEVEN: dict[str, Any] = SMALL_MLP | {"fit": {"epochs": 2, "batch_size": 64, "gradient_accumulation": 3}}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"kind": "sgd", "momentum": 0.9, "clipping": "norm"},
    "adamw": {"kind": "adamw"},
    "rmsprop": {"kind": "rmsprop", "momentum": 0.5},
}


@pytest.mark.parametrize("optimizer", ["adamw", *(pytest.param(name, marks=soak) for name in ("sgd", "rmsprop"))])
def test_a_resume_amid_accumulated_gradients_is_exact(optimizer: str, tmp_path: Path) -> None:
    assert_exact(UNEVEN | {"optimizer": OPTIMIZERS[optimizer]}, tmp_path)


def weights_after_an_epoch(out: Path, **fit: Any) -> np.ndarray:
    plain = {"network": {"kind": "mlp", "layers": [{"units": 8, "dropout": 0.0}]}, "optimizer": {"kind": "sgd"}}
    train(parse_spec(plain | {"fit": {"epochs": 1} | fit}), out)
    weights = load_model(out / "checkpoints" / "cp-0001").get_weights()
    return np.concatenate([weight.ravel() for weight in weights])


def test_two_halves_are_one_whole_batch(tmp_path: Path) -> None:
    # The 1257 examples of an epoch in one batch, in two that are added up, and in two that each take a step.
    whole = weights_after_an_epoch(tmp_path / "whole", batch_size=1257)
    halves = weights_after_an_epoch(tmp_path / "halves", batch_size=629, gradient_accumulation=2)
    steps = weights_after_an_epoch(tmp_path / "steps", batch_size=629)
    assert np.abs(halves - whole).max() < 1e-4
    assert np.abs(steps - whole).max() > 1e-2


def test_more_batches_than_an_epoch_has_are_refused() -> None:
    spec = parse_spec({"fit": {"batch_size": 64, "gradient_accumulation": 21}})
    (problem,) = check_spec(spec, facts_of("digits"))
    assert problem.path == ("fit", "gradient_accumulation")
    assert "only 20 batches; accepted: 1 to 20" in str(problem.message)


def test_without_accumulation_the_optimizer_keeps_no_gradients() -> None:
    assert refused({"fit": {"gradient_accumulation": 0}})
    assert spec_for("digits").fit.gradient_accumulation == 1
