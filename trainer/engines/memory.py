"""Free memory of the device that training runs on, and whether the data should be kept there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from trainer.engines import backend
from trainer.engines.machine import gpu_handle
from trainer.spec import Spec

# The network, its gradients and intermediate values need the rest.
SHARE_FOR_DATA = 0.25


def streams(spec: Spec, data_bytes: int) -> bool:
    """Whether to stream the training data to the device instead of keeping them there."""
    if spec.computation.data != "auto":
        return spec.computation.data == "streamed"
    free = free_bytes()
    return free is not None and data_bytes > SHARE_FOR_DATA * free


def free_bytes() -> int | None:
    """Free memory of the device that this process computes with; ``None`` when it is unknown."""
    if backend.current() == "jax":
        return _free_for_jax()
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        return _free_for_processor()
    return _free_for_tensorflow(tf)


def _free_for_jax() -> int | None:
    import jax

    device = jax.devices()[0]
    if device.platform == "cpu":
        return _free_for_processor()
    found: dict[str, int] = device.memory_stats() or {}
    return found["bytes_limit"] - found["bytes_in_use"] if "bytes_limit" in found else None


def _free_for_tensorflow(tf: Any) -> int | None:
    """The memory of the GPU minus what TensorFlow uses: it reserves all of it and allocates from that."""
    handle = gpu_handle()
    if handle is None:
        return None
    import pynvml

    total = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
    return total - int(tf.config.experimental.get_memory_info("GPU:0")["current"])


def _free_for_processor() -> int:
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # no limit, or no control group of version 2
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())
        free = min(free, limit - int((group / "memory.current").read_text()))
    return free
