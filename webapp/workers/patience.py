"""What a worker does while the database is away: it tries again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
# The database is away or busy, and will be back. Any other error is a mistake of ours and must be seen.
AWAY = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


def patiently(action: Callable[[], Value], gives_up: Callable[[], bool]) -> Value | None:
    """``action()``, tried again while the database is away; ``None`` when ``gives_up`` says that waiting is over."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return action()
        except AWAY as error:
            logger.warning("The database is away, trying again: %s", said(error))
            connection.close()
        if gives_up():
            return None
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def said(error: BaseException) -> str:
    """The first line of what a database driver says."""
    return str(error).strip().split("\n")[0]
