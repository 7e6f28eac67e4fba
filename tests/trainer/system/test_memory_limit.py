"""A process that reads foreign files gets no more memory than it may have."""

from __future__ import annotations

import subprocess
import sys

GREEDY = """
import numpy as np
from trainer.system.memory_limit import limit_memory
limit_memory(500 * 2**20)
np.ones(10 * 2**20)
try:
    np.ones(200 * 2**20)
except MemoryError:
    print("refused")
"""


def test_more_memory_is_refused_with_an_error() -> None:
    done = subprocess.run([sys.executable, "-c", GREEDY], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
