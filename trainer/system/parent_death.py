"""Parent-death signals: on Linux the kernel ends a child process when its parent ends, even by kill -9."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process ``number`` when the process ``parent`` ends.

    Call it in the child, before it executes its program. Does nothing where there is no such call (macOS).
    The kernel watches the *thread* that forked, so start children from a thread that lasts.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # it ended before the call
        os.kill(os.getpid(), number)
