"""Celery's consumer without the steps in which workers communicate with each other.

They exchange clocks and revoked tasks, which nothing here uses: the database records which worker has which job. But
the exchange takes place on every new connection to Redis, over pooled connections that may be dead, and a worker
receives no job until it is over: more than a minute after its connection was lost.
"""

from __future__ import annotations

from typing import Any

from celery.worker.consumer import Consumer


class QuietConsumer(Consumer):
    """Named by the setting ``worker_consumer``: as if every worker were started with these two options."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"without_mingle": True, "without_gossip": True}))
