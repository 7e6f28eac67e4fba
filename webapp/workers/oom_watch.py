"""Whether the kernel killed a process because memory ran out, which a process killed by SIGKILL cannot report."""

from __future__ import annotations

import re
from pathlib import Path

KILLS = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


class OomWatch:
    """Counts kills since it was created."""

    def __init__(self) -> None:
        self._before = num_kills()

    def killed(self) -> bool | None:
        """Whether there were kills since; ``None`` where the system does not report them."""
        now = num_kills()
        return None if now is None or self._before is None else now > self._before


def num_kills() -> int | None:
    """How often the kernel has killed because memory ran out: in this control group, else on this machine."""
    for path in (*_group_files(), Path("/proc/vmstat")):
        try:
            found = KILLS.search(path.read_text())
        except OSError:
            continue
        if found:
            return int(found[1])
    return None


def _group_files() -> list[Path]:
    """``memory.events`` of this process's control group (version 2), at its own path and as a container sees it."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    root = Path("/sys/fs/cgroup")
    names = [line.partition("::")[2].lstrip("/") for line in lines if line.startswith("0::")]
    return [folder / "memory.events" for folder in (*(root / name for name in names), root)]
