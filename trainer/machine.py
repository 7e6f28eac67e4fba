"""What the trainer uses of its machine, sampled beside the training."""

from __future__ import annotations

import os
import platform
import threading
from contextlib import suppress
from typing import Any

import psutil

from trainer.events import SystemSampled
from trainer.sink import EventSink

SECONDS_BETWEEN_SAMPLES = 2.0


def versions() -> dict[str, str]:
    """Versions of what decides the numbers of a training."""
    import keras
    import numpy
    import tensorflow

    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "numpy": numpy.__version__,
    }


def device_name() -> str:
    """The device that the training runs on, in words."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        details = tf.config.experimental.get_device_details(gpus[0])
        return str(details.get("device_name", "GPU"))
    return f"CPU, {os.cpu_count()} cores"


class SystemSampler(threading.Thread):
    """Emits a :class:`SystemSampled` event every two seconds until it is told to end."""

    def __init__(self, sink: EventSink) -> None:
        super().__init__(name="system-sampler", daemon=True)
        self._sink = sink
        self._ended = threading.Event()
        self._process = psutil.Process()
        self._gpu = _gpu_handle()

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


def _gpu_handle() -> Any:
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
