"""The engines that Keras can compute with. Keras chooses one on import and keeps it until the process ends."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from trainer.events.events import Failed
from trainer.events.failures import TrainingFailed
from trainer.messages.message import Message

VARIABLE = "KERAS_BACKEND"
DEFAULT = "tensorflow"
TITLES = {"tensorflow": "TensorFlow", "jax": "JAX"}
# Without this, some GPU kernels sum in an arbitrary order, and no resume would be exact.
XLA_FLAG = "--xla_gpu_deterministic_ops=true"


def is_installed(engine: str) -> bool:
    """Whether the package of ``engine`` is installed; it is not imported."""
    try:
        version(engine)
    except PackageNotFoundError:
        return False
    return True


def current() -> str:
    """The engine of this process: the one that Keras uses, or will use once it is imported."""
    return os.environ.get(VARIABLE) or DEFAULT


def environment(engine: str) -> dict[str, str]:
    """The environment of this process, with ``engine`` set for Keras."""
    flags = os.environ.get("XLA_FLAGS", "")
    if engine == "jax" and XLA_FLAG not in flags:
        flags = f"{flags} {XLA_FLAG}".strip()
    return os.environ | {VARIABLE: engine} | ({"XLA_FLAGS": flags} if flags else {})


def choose(engine: str) -> None:
    """Make Keras compute with ``engine``; raises :class:`TrainingFailed` when it is not installed."""
    if not is_installed(engine):
        raise TrainingFailed(
            Failed(
                cause="bad_spec",
                error=Message(
                    "engine: {engine} given, but {title} is not installed on this machine.",
                    engine=engine,
                    title=TITLES[engine],
                ),
                advice=Message(
                    "Install it there (pip install {engine}), or launch again with another engine.", engine=engine
                ),
            )
        )
    if "keras" not in sys.modules:
        os.environ.update(environment(engine))
    elif current() != engine:
        raise RuntimeError(f"Keras was loaded with {current()}; {engine} needs its own process.")


def wanted_by(spec: dict[str, Any]) -> str:
    """The engine that the JSON values of a spec name; the default when the value is invalid."""
    engine = spec.get("engine")
    return engine if isinstance(engine, str) and engine in TITLES else DEFAULT
