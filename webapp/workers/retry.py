"""Retries while the database is unavailable."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
Value = TypeVar("Value")
# The database is unavailable or busy for a while. Any other error is a bug and must be reported.
UNAVAILABLE = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


def retry_until(action: Callable[[], Value], gives_up: Callable[[], bool]) -> Value | None:
    """``action()``, retried while the database is unavailable; ``None`` once ``gives_up()`` is true."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return action()
        except UNAVAILABLE as error:
            logger.warning("The database is unavailable, retrying: %s", first_line(error))
            connection.close()
        if gives_up():
            return None
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def first_line(error: BaseException) -> str:
    """The first line of a database driver's message."""
    return str(error).strip().split("\n")[0]
