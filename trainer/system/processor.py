"""The processor of this machine, exact enough to decide whether another one rounds as it does."""

from __future__ import annotations

import platform
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def processor_name() -> str:
    """The name of the processor, with its family and model where the kernel knows them.

    Virtual machines call every generation by one name, such as "AMD EPYC", though libraries compute differently on
    each.
    """
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    return name_in(text) or platform.processor() or platform.machine()


def name_in(cpuinfo: str) -> str:
    """The name of the first processor in the text of ``/proc/cpuinfo``; "" when it has none."""
    known: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        key, _, value = line.partition(":")
        known.setdefault(key.strip(), value.strip())
    name = known.get("model name", "")
    if name and "cpu family" in known and "model" in known:
        return f"{name} (family {known['cpu family']}, model {known['model']})"
    return name
