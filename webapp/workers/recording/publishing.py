"""Copying new checkpoints into the bucket, in a thread that does not delay the training."""

from __future__ import annotations

import logging
import queue
import threading
import time

from webapp.storage import store
from webapp.storage.bucket import StoreError

logger = logging.getLogger(__name__)
LONGEST_PAUSE_SECONDS = 60.0


class Publisher:
    """Publishes one checkpoint after the other in a thread; retries while the bucket is unavailable."""

    def __init__(self) -> None:
        self._keys: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
        self._thread.start()
        self._is_over = False

    def publish(self, key: str, manifest_sha256: str = "") -> None:
        self._keys.put((key, manifest_sha256))

    def finish(self, seconds: float) -> None:
        """Wait until all is published, at most ``seconds``. What is left stays on this machine."""
        self._keys.put(None)
        self._thread.join(seconds)
        self._is_over = True

    def _work(self) -> None:
        while (asked := self._keys.get()) is not None:
            self._publish(*asked)

    def _publish(self, key: str, manifest_sha256: str) -> None:
        pause = 1.0
        while not self._is_over:
            try:
                return store.publish(key, manifest_sha256)
            except StoreError as error:  # it was removed meanwhile
                return logger.info("Not published: %s", error)
            except Exception as error:  # noqa: BLE001 - a bucket fails in many ways, any of which may be temporary
                logger.warning("%s could not be published, retrying: %s", key, error)
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        return None
