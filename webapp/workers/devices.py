"""The machine of a worker: its GPUs or its CPU, their load, and its disk."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import pynvml
from django.conf import settings

from trainer.system.processor import processor_name

if TYPE_CHECKING:
    from collections.abc import Iterator


LOGICAL = re.compile(r"--xla_force_host_platform_device_count=(\d+)")


@contextmanager
def _nvml() -> Iterator[bool]:
    """The library of NVIDIA's driver; ``False`` on a machine without one."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield False
        return
    try:
        yield True
    finally:
        pynvml.nvmlShutdown()


def gpu_ids() -> list[str]:
    """The GPUs that this worker may use, as CUDA_VISIBLE_DEVICES names them."""
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [part.strip() for part in given.split(",") if part.strip() not in {"", "-1"}]
    with _nvml() as found:
        return [str(index) for index in range(pynvml.nvmlDeviceGetCount())] if found else []


def gpus_of(pool_index: int) -> list[str]:
    """The GPUs of a pool child, ``GPUS_PER_RUN`` where there are so many. More children than GPUs share them."""
    gpus = gpu_ids()
    number = min(settings.GPUS_PER_RUN, len(gpus))
    return [gpus[(pool_index * number + offset) % len(gpus)] for offset in range(number)]


def describe_devices(pool_index: int) -> list[dict[str, Any]]:
    """Returns the devices of a pool child for the page: its GPUs if any, and the machine's processor and memory."""
    return [*(_gpu(id) for id in gpus_of(pool_index)), _cpu()]


def free_disk_bytes() -> int | None:
    """Free bytes where this machine's trainers write checkpoints; ``None`` when the disk cannot be queried."""
    try:
        return shutil.disk_usage(settings.DATA_DIR).free
    except OSError:
        return None


def logical_processors() -> int:
    """How many devices JAX splits the processor into; 1 unless XLA_FLAGS asks for more, to try several without GPUs."""
    given = LOGICAL.search(os.environ.get("XLA_FLAGS", ""))
    return max(1, int(given[1])) if given else 1


def _cpu() -> dict[str, Any]:
    memory = psutil.virtual_memory()
    return {
        "kind": "CPU",
        "name": processor_name(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "logical": logical_processors(),
        "percent": psutil.cpu_percent(),
        "memory_bytes": memory.total,
        "memory_used_bytes": memory.total - memory.available,
    }


def _gpu(id: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": "GPU", "id": id, "name": f"GPU {id}"}
    with _nvml() as found:
        if not found:
            return facts
        try:
            handle = (
                pynvml.nvmlDeviceGetHandleByIndex(int(id)) if id.isdigit() else pynvml.nvmlDeviceGetHandleByUUID(id)
            )
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            name = pynvml.nvmlDeviceGetName(handle)
            percent = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
        except pynvml.NVMLError:  # a part of a GPU (MIG) has no figures of its own
            return facts
    return facts | {
        "name": name,
        "percent": percent,
        "memory_bytes": int(memory.total),
        "memory_used_bytes": int(memory.used),
    }
