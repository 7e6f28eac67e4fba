"""Recording the events of a trainer's file in the database, at the pace that the database allows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from django.db import connection

from trainer.events.events import AnyEvent
from webapp.workers.recording.event_file import EventFile
from webapp.workers.retry import LONGEST_PAUSE_SECONDS, UNAVAILABLE, first_line

logger = logging.getLogger(__name__)
# Events in quick succession are recorded together.
SECONDS_BETWEEN_RECORDS = 0.05
FIRST_PAUSE_SECONDS = 0.2


class Recording:
    """Reads new events, passes them to ``look``, and retries ``record`` until each batch is stored.

    ``record`` returns ``False`` when the job is no longer this attempt's: then ``is_fenced`` is set for good.
    """

    def __init__(
        self,
        events: EventFile,
        look: Callable[[Sequence[AnyEvent]], None],
        record: Callable[[Sequence[AnyEvent]], bool],
    ) -> None:
        self._events, self._look, self._store = events, look, record
        self._pending: list[AnyEvent] = []
        self._pause = FIRST_PAUSE_SECONDS
        self._due_at = 0.0
        self.is_fenced = False
        self.is_failing = False

    def step(self) -> bool:
        """Record the next batch if it is due; ``False`` when there was nothing to record."""
        if self.is_fenced:
            return False
        if not self._pending:
            self._pending = self._events.read()
            self._look(self._pending)
        if self._pending and time.monotonic() >= self._due_at:
            self._try()
            return True
        return bool(self._pending)

    def finish(self, gives_up: Callable[[], bool]) -> None:
        """Record all that is left, however long the database is unavailable, until ``gives_up``."""
        while self.step() and not (self.is_failing and gives_up()):
            self.wait()

    def wait(self) -> None:
        """Sleep until the next batch may be recorded."""
        time.sleep(max(0.0, self._due_at - time.monotonic()))

    def _try(self) -> None:
        try:
            self.is_fenced = not self._store(self._pending)
        except UNAVAILABLE as error:
            logger.warning("%d events wait for the database: %s", len(self._pending), first_line(error))
            connection.close()
            self.is_failing = True
            self._due_at = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            self.is_failing = False
            self._pending, self._pause = [], FIRST_PAUSE_SECONDS
            self._due_at = time.monotonic() + SECONDS_BETWEEN_RECORDS
