"""Limiting the memory of a process that reads what anybody may have made."""

from __future__ import annotations

import resource

GIB = 2**30
# Enough for a table of 2 GB or some pictures at a time; files that are mapped from the disk do not count.
OF_READERS = 8 * GIB


def limit_memory(num_bytes: int) -> None:
    """Let this process have at most ``num_bytes`` of memory of its own; more raises ``MemoryError``."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = num_bytes if hard == resource.RLIM_INFINITY else min(num_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
