"""Hints to browsers: "run X has something new". A hint may be lost; what it points to is in the database.

Hints are sent by one background thread with its own event loop, so that neither a training nor a page waits for
Redis. For each run only the newest hint is kept; a hint that Redis does not accept within a second is dropped.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import uuid

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)
SEND_SECONDS = 1.0


def channel_group(run_id: uuid.UUID) -> str:
    """The channel group that the pages of a run join."""
    return f"run-{run_id.hex}"


def hint(run_id: uuid.UUID, seq: int) -> None:
    """Notify pages that ``seq`` is the run's last event, or that its state has changed. Never blocks or raises."""
    try:
        _sender().send(channel_group(run_id), seq)
    except Exception:
        logger.warning("A live hint could not be sent.", exc_info=True)


class Sender:
    """A thread that sends pending hints. Created again after a fork, because threads do not survive one."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._waiting: dict[str, int] = {}
        self._lock = threading.Lock()
        self._awake = False
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="live-hints", daemon=True).start()

    def send(self, group: str, seq: int) -> None:
        with self._lock:
            self._waiting[group] = max(seq, self._waiting.get(group, 0))
            if self._awake:
                return
            self._awake = True
        asyncio.run_coroutine_threadsafe(self._send_all(), self._loop)

    async def _send_all(self) -> None:
        while (entry := self._next()) is not None:
            group, seq = entry
            try:
                await asyncio.wait_for(self._send_one(group, seq), SEND_SECONDS)
            except Exception as error:  # noqa: BLE001 - a hint may be lost
                logger.info("A live hint was dropped: %s: %s", type(error).__name__, error)

    def _next(self) -> tuple[str, int] | None:
        with self._lock:
            if not self._waiting:
                self._awake = False
                return None
            return self._waiting.popitem()

    async def _send_one(self, group: str, seq: int) -> None:
        layer = get_channel_layer()
        if layer is not None:
            await layer.group_send(group, {"type": "run.hint", "seq": seq})


_made: Sender | None = None
_making = threading.Lock()


def _sender() -> Sender:
    global _made
    with _making:
        if _made is None or _made.pid != os.getpid():
            _made = Sender()
        return _made
