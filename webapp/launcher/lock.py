"""A lock that allows one ``make run`` for each data folder."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

from trainer.messages.message import Message, as_text, of_text

NAME = "up.lock"


class AlreadyRunning(RuntimeError):
    """Another process has locked the folder; the message says which, and what to do."""


def hold(folder: Path, note: Message) -> TextIO:
    """Lock ``folder`` until the returned file is closed or this process ends in any way.

    ``note`` (process and address) is shown to others who try. Raises :class:`AlreadyRunning` when it is locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / NAME).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = of_text(file.read()) or Message("another process")
        file.close()
        raise AlreadyRunning(
            Message(
                "Trainyard is already running on the data folder {folder} ({holder}). Use that one, stop it first, "
                "or choose another folder and port: TRAINYARD_DATA=./other PORT=8001 make run",
                folder=str(folder),
                holder=holder,
            )
        ) from None
    file.truncate(0)
    file.write(as_text(note))
    file.flush()
    return file
