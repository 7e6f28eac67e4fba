"""Files that belong to one user of the machine: the database alone lets its reader sign in as anybody."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_to_owner(folder: Path) -> None:
    """Let this process write for its user alone from now on, and shut the data folder to all others.

    Only a folder of one's own is shut, and none like /tmp, which belongs to all.
    """
    os.umask(FOR_OTHERS)
    if is_open_to_others(folder):
        with suppress(OSError):
            about = folder.stat()
            if about.st_uid == os.geteuid() and not about.st_mode & stat.S_ISVTX:
                folder.chmod(stat.S_IMODE(about.st_mode) & ~FOR_OTHERS)


def is_open_to_others(folder: Path) -> bool:
    """Whether other users of the machine may look into the folder, if it exists."""
    return folder.is_dir() and bool(folder.stat().st_mode & FOR_OTHERS)
