"""The engines that Keras can compute with. Keras takes one when it is loaded, and keeps it until the process ends."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from trainer.events.events import Failed
from trainer.events.failures import TrainingFailed

VARIABLE = "KERAS_BACKEND"
DEFAULT = "tensorflow"
TITLES = {"tensorflow": "TensorFlow", "jax": "JAX"}
# Without this, some kernels of GPUs add up in any order, and no resume would be exact.
XLA_FLAG = "--xla_gpu_deterministic_ops=true"


def is_installed(engine: str) -> bool:
    """Whether the engine's package is here; nothing is loaded."""
    try:
        version(engine)
    except PackageNotFoundError:
        return False
    return True


def current() -> str:
    """The engine of this process: the one that Keras has, or will have."""
    return os.environ.get(VARIABLE) or DEFAULT


def environment(engine: str) -> dict[str, str]:
    """This process's environment, with ``engine`` for Keras."""
    flags = os.environ.get("XLA_FLAGS", "")
    if engine == "jax" and XLA_FLAG not in flags:
        flags = f"{flags} {XLA_FLAG}".strip()
    return os.environ | {VARIABLE: engine} | ({"XLA_FLAGS": flags} if flags else {})


def choose(engine: str) -> None:
    """Have Keras compute with ``engine``; raises :class:`TrainingFailed` where it cannot."""
    if not is_installed(engine):
        raise TrainingFailed(
            Failed(
                cause="bad_spec",
                error=f"engine: {engine} given, but {TITLES[engine]} is not installed on this machine.",
                advice=f"Install it there (pip install {engine}), or launch again with another engine.",
            )
        )
    if "keras" not in sys.modules:
        os.environ.update(environment(engine))
    elif current() != engine:
        raise RuntimeError(f"Keras was loaded with {current()}; {engine} needs a process of its own.")


def wanted_by(spec: dict[str, Any]) -> str:
    """The engine that the JSON values of a spec ask for; the default when they make no sense."""
    engine = spec.get("engine")
    return engine if isinstance(engine, str) and engine in TITLES else DEFAULT
