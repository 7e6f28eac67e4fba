"""Named places at which the tests kill a trainer, to show that nothing is lost or duplicated."""

from __future__ import annotations

import os
import signal

VARIABLE = "TRAINYARD_CRASH_AT"
FAULT_POINTS = (
    "event-half-written",
    "epoch-ended",
    "checkpoint-begun",
    "checkpoint-files-written",
    "checkpoint-manifest-written",
    "checkpoint-verified",
    "checkpoint-named",
    "checkpoint-reported",
)


def fault_point(name: str) -> None:
    """Die as by ``kill -9`` when TRAINYARD_CRASH_AT names this point."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
