"""What this room checks with TensorFlow holds with JAX as well: all of it in one other process.

As a program, ``python -m tests.trainer.engines.test_in_jax FOLDER``, it checks the engine that KERAS_BACKEND names.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trainer.engines import backend

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not backend.is_installed("jax"), reason="JAX is not installed: pip install jax")
def test_streaming_penalties_and_class_weights_are_those_of_tensorflow(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.trainer.engines.test_in_jax", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {backend.VARIABLE: "jax"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def check(folder: Path) -> None:
    """Load Keras, which the parent must not need, and check."""
    backend.choose("jax")
    from tests.trainer.engines.test_judging import WEIGHTS, assert_weighted
    from tests.trainer.engines.test_penalties import assert_apart
    from tests.trainer.engines.test_streaming import assert_same
    from tests.trainer.training.test_session import SMALL_MLP

    assert_apart()
    assert_weighted(WEIGHTS, "streamed")
    assert_same(SMALL_MLP, folder)


if __name__ == "__main__":
    check(Path(sys.argv[1]))
