"""Which engine measures on a GPU; needs no Keras, because Keras keeps the engine that it is loaded with."""

from __future__ import annotations

import os
import subprocess
import sys

from trainer.engines import backend

GIVEN = os.environ.get(backend.VARIABLE)
# The engine that KERAS_BACKEND names, or all that are installed.
ASKED = (GIVEN,) if GIVEN else tuple(filter(backend.is_installed, backend.TITLES))
HAS_GPU = "import sys; from trainer.engines.machine import gpus; sys.exit(not gpus())"


def environment() -> dict[str, str]:
    """For Keras with the first engine of them that finds a GPU, or else with the first."""
    chosen = next(filter(_finds_gpu, ASKED), ASKED[0]) if len(ASKED) > 1 else ASKED[0]
    return backend.environment(chosen)


def _finds_gpu(engine: str) -> bool:
    """Asked in a process of its own. TensorFlow comes without the libraries of GPUs unless they are asked for, so
    that JAX may find one where TensorFlow does not."""
    command = [sys.executable, "-c", HAS_GPU]
    found = subprocess.run(command, env=backend.environment(engine), capture_output=True, check=False)
    return found.returncode == 0
