"""The engine JAX: as exact as TensorFlow, in a process of its own. Skipped where JAX is not installed."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.trainer.process.test_command_line import ask, events, ringing, served, trainer
from tests.trainer.resuming import Values, verdicts
from tests.trainer.training.test_session import SMALL_LABELS, SMALL_MLP
from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.loading import load_model, weights_digest
from trainer.engines import backend

pytestmark = pytest.mark.skipif(not backend.is_installed("jax"), reason="JAX is not installed: pip install jax")

__all__ = ["served"]

JAX: Values = {"engine": "jax"}
# On one device, a convnet is held to be exact by the tests of several devices.
EXACT: dict[str, Values] = {
    "accumulation and float16": SMALL_MLP
    | JAX
    | {"fit": {"batch_size": 64, "gradient_accumulation": 3}, "computation": {"precision": "mixed_float16"}},
    "several labels": SMALL_LABELS | JAX | {"augmentation": {"mixup": 0.2}},
}
LONG = SMALL_MLP | JAX | {"fit": {"epochs": 100_000}}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return verdicts(EXACT, tmp_path_factory.mktemp("jax"), KERAS_BACKEND="jax")


@pytest.mark.parametrize("name", EXACT)
def test_going_on_from_a_checkpoint_is_exact(name: str, found: dict[str, str]) -> None:
    assert found[name] == ""


def spec_file(folder: Path, values: Values) -> Path:
    path = folder / "spec.json"
    path.write_text(json.dumps(values))
    return path


def test_a_warm_trainer_of_tensorflow_becomes_one_of_jax_that_hears_a_stop_on_standard_input(
    served: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    ask(served, do="fit", spec=LONG, out=tmp_path)
    ask(served, do="stop")
    assert served.wait(60) == 0
    assert served.stdout is not None
    assert len(served.stdout.read()) == len(ringing(tmp_path))
    manifest = checkpoint_files.verify(checkpoint_files.named(tmp_path / "checkpoints")[0])
    assert "jax" in manifest.versions
    assert "tensorflow" not in manifest.versions


def test_a_stop_in_the_moment_of_the_change_is_heeded(served: subprocess.Popen[bytes], tmp_path: Path) -> None:
    ask(served, do="fit", spec=LONG, out=tmp_path)
    served.send_signal(signal.SIGTERM)
    assert served.wait(60) == 0
    last = events(tmp_path)[-1]
    assert (last.kind, getattr(last, "reason", "")) == ("finished", "stopped")


def test_a_model_trained_by_jax_is_measured_by_tensorflow(tmp_path: Path) -> None:
    assert trainer("fit", spec_file(tmp_path, SMALL_MLP | JAX), "--out", tmp_path / "out").returncode == 0
    last = checkpoint_files.named(tmp_path / "out" / "checkpoints")[0]
    assert weights_digest(load_model(last)) == checkpoint_files.read_manifest(last).digest
