"""The machine of a trainer: versions, devices, and its resource usage, sampled during training."""

from __future__ import annotations

import os
import platform
import threading
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import psutil

from trainer.checkpoints.reproducibility import device_of
from trainer.engines import backend
from trainer.events.events import SystemSampled
from trainer.events.sink import EventSink
from trainer.system.processor import processor_name

SECONDS_BETWEEN_SAMPLES = 2.0


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of the packages that affect the numbers of a training."""
    engine = {"tensorflow": ("tensorflow",), "jax": ("jax", "jaxlib")}[backend.current()]
    return {"python": platform.python_version()} | {name: version(name) for name in ("keras", "numpy", *engine)}


@lru_cache(maxsize=1)
def gpus() -> tuple[str, ...]:
    """The names of the GPUs that this process computes with; empty without GPUs."""
    if backend.current() == "jax":
        import jax

        return tuple(found.device_kind for found in jax.devices() if found.platform != "cpu")
    import tensorflow as tf

    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return tuple(str(detail.get("device_name", "GPU")) for detail in details)


def device_name(number: int = 1) -> str:
    """The ``number`` devices that training runs on, in words."""
    name = gpus()[0] if gpus() else f"CPU, {os.cpu_count()} cores"
    return name if number == 1 else f"{number} × {name}"


@lru_cache(maxsize=1)
def device() -> str:
    """The device that training runs on, exact enough to decide whether another machine computes the same."""
    return device_of(gpus()[0]) if gpus() else device_of(processor_name(), os.cpu_count())


class SystemSampler(threading.Thread):
    """Emits a :class:`SystemSampled` event every two seconds until :meth:`end` is called."""

    def __init__(self, sink: EventSink) -> None:
        super().__init__(name="system-sampler", daemon=True)
        self._sink = sink
        self._ended = threading.Event()
        self._process = psutil.Process()
        self._gpu = gpu_handle()

    def run(self) -> None:
        self._process.cpu_percent()
        while not self._ended.wait(SECONDS_BETWEEN_SAMPLES):
            self._sink.emit(self._sample())

    def end(self) -> None:
        self._ended.set()
        self.join()

    def _sample(self) -> SystemSampled:
        gpu_percent, gpu_memory = _gpu_use(self._gpu)
        return SystemSampled(
            cpu_percent=self._process.cpu_percent(),
            memory_bytes=self._process.memory_info().rss,
            gpu_percent=gpu_percent,
            gpu_memory_bytes=gpu_memory,
        )


def gpu_handle() -> Any:
    """The first visible GPU for NVML, or ``None`` on a machine without one."""
    with suppress(Exception):  # NVML raises its own errors where there is no driver
        import pynvml

        pynvml.nvmlInit()
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
        return pynvml.nvmlDeviceGetHandleByIndex(int(visible or "0"))
    return None


def _gpu_use(handle: Any) -> tuple[float | None, int | None]:
    if handle is None:
        return None, None
    import pynvml

    use = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
    return float(use), int(pynvml.nvmlDeviceGetMemoryInfo(handle).used)
