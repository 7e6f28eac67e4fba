"""The doorbell: after a commit, tell the queue in Redis that there is work.

A lost ring costs seconds, not a job: the reconciler rings again for what nobody has taken. So nothing here raises,
and nothing waits long, when Redis is away.
"""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from webapp.workers.models import Job, JobState

logger = logging.getLogger(__name__)
QUEUES = ("train", "evaluate")
TIMEOUTS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
# Without these kombu would wait for Redis for ever.
NO_RETRY: dict[str, Any] = {"max_retries": 0, "interval_start": 0, "connect_retries_timeout": 1}


def ring(job: Job) -> None:
    """Tell the workers of ``job`` as soon as the transaction is committed. Never raises."""
    transaction.on_commit(lambda: ring_now(job), robust=True)


def ring_now(job: Job) -> bool:
    """Send the id of ``job`` to its queue; ``False`` when Redis is away."""
    try:
        with current_app.connection_for_write(transport_options=TIMEOUTS | NO_RETRY) as connection:
            current_app.send_task(
                job.task_name, args=[str(job.pk)], queue=job.queue, connection=connection, retry=False
            )
    except Exception as error:  # noqa: BLE001 - kombu and redis have many; a bell must not break what it announces
        logger.warning("Redis was not told of %s; the reconciler will ring again: %s", job, error)
        return False
    type(job).rows().filter(pk=job.pk, state=JobState.QUEUED).update(published_at=Now())
    return True


def redis_client() -> redis.Redis:
    """A connection that gives up soon."""
    return redis.Redis.from_url(settings.REDIS_URL, **TIMEOUTS)


def queue_length(queue: str) -> int:
    """How many messages wait in ``queue``. Raises ``redis.RedisError`` when Redis is away."""
    with redis_client() as client:
        prefix = current_app.conf.broker_transport_options.get("global_keyprefix", "")
        length: Any = client.llen(f"{prefix}{queue}")
        return int(length)


def is_redis_there() -> bool:
    try:
        with redis_client() as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
