"""Keeping the data folder private to its user, because a reader of the database can sign in as anyone."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_to_owner(folder: Path) -> None:
    """Make new files of this process, and the data folder, accessible only to its user.

    A folder is changed only if this user owns it, and never a shared one such as /tmp.
    """
    os.umask(FOR_OTHERS)
    if is_open_to_others(folder):
        with suppress(OSError):
            about = folder.stat()
            if about.st_uid == os.geteuid() and not about.st_mode & stat.S_ISVTX:
                folder.chmod(stat.S_IMODE(about.st_mode) & ~FOR_OTHERS)


def is_open_to_others(folder: Path) -> bool:
    """Whether the folder exists and other users of the machine can access it."""
    return folder.is_dir() and bool(folder.stat().st_mode & FOR_OTHERS)
