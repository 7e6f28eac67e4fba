"""Steps that TensorFlow has compiled by XLA."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trainer.resuming import Values, assert_exact
from tests.trainer.training.test_session import SMALL_MLP, metrics, spec_of, train

XLA: Values = SMALL_MLP | {"computation": {"xla": True}}


def test_a_resume_is_exact(tmp_path: Path) -> None:
    assert_exact(XLA, tmp_path)


def test_an_epoch_is_the_same_but_for_rounding(tmp_path: Path) -> None:
    values = SMALL_MLP | {"network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.0}]}}
    plain = metrics(train(spec_of(values, epochs=1), tmp_path / "plain"))[1]
    compiled = metrics(train(spec_of(values | {"computation": {"xla": True}}, epochs=1), tmp_path / "xla"))[1]
    assert compiled == pytest.approx(plain, rel=1e-4)
