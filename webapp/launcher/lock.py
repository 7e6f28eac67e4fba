"""One ``make run`` for one data folder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

NAME = "up.lock"


class AlreadyRunning(RuntimeError):
    """Another process holds the folder; the text says which, and what to do."""


def hold(folder: Path, note: str) -> TextIO:
    """Lock ``folder`` until the returned file is closed or this process ends, however it ends.

    ``note`` (process and address) is shown to whoever finds the folder taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / NAME).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read() or "another process"
        file.close()
        raise AlreadyRunning(
            f"Trainyard already runs on the data folder {folder} ({holder}). Use that one, stop it first, "
            "or choose another folder and port: TRAINYARD_DATA=./other PORT=8001 make run"
        ) from None
    file.truncate(0)
    file.write(note)
    file.flush()
    return file
