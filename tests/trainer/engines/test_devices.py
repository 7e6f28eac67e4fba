"""One run on several devices: two that JAX pretends to have on a processor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.trainer.resuming import Values, verdicts
from tests.trainer.training.test_session import SMALL_CONVNET
from trainer.checkpoints.loading import load_model
from trainer.data.bundled.catalog import facts_of
from trainer.engines import backend
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

# With batch normalisation, with a last batch of 41 that cannot be shared out equally, and with examples that are mixed
# with those of another device.
SPEC: Values = SMALL_CONVNET | {
    "engine": "jax",
    "network": {"kind": "convnet", "blocks": [{"filters": 4}]},
    "augmentation": {"rotation": 10.0, "mixup": 0.4},
}
SPECS = {str(number): SPEC | {"computation": {"devices": number}} for number in (1, 2, 4)}
TWO_DEVICES = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}

needs_jax = pytest.mark.skipif(not backend.is_installed("jax"), reason="JAX is not installed: pip install jax")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("devices")


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, str]:
    return verdicts(SPECS, folder, **TWO_DEVICES)


def weights(folder: Path, name: str) -> np.ndarray:
    model = load_model(folder / name / "whole" / "checkpoints" / "cp-0004")
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


@needs_jax
def test_two_devices_train_what_one_trains(found: dict[str, str], folder: Path) -> None:
    assert (found["1"], found["2"]) == ("", "")
    assert np.abs(weights(folder, "1") - weights(folder, "2")).max() < 1e-4


@needs_jax
def test_more_devices_than_there_are_fail_with_advice(found: dict[str, str]) -> None:
    assert "devices: 4 given, but the trainer has 2 on this machine." in found["4"]


def problem(values: Values) -> str:
    (found,) = check_spec(parse_spec(values), facts_of("digits"))
    assert found.path == ("computation", "devices")
    return str(found.message)


def test_several_devices_need_the_engine_jax_and_equal_shares() -> None:
    assert "accepted: 1. Set it to 1, or choose the engine jax." in problem({"computation": {"devices": 2}})
    uneven = {"computation": {"devices": 3}, "engine": "jax", "fit": {"batch_size": 32}}
    assert "cannot be shared out equally" in problem(uneven)
