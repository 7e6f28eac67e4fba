"""Notification of workers: after a commit, the kind and id of a job are sent to its queue in Redis.

A lost message costs seconds, not a job: the reconciler sends another for jobs that no worker has claimed. So sending
neither raises nor waits long when Redis is unavailable.
"""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from webapp.jobs.models import Job, JobState

logger = logging.getLogger(__name__)
QUEUES = ("train", "evaluate")
TASK = "trainyard.work"
TIMEOUTS: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 1}
# Without these settings kombu would wait for Redis forever.
NO_RETRY: dict[str, Any] = {"max_retries": 0, "interval_start": 0, "connect_retries_timeout": 1}


def notify_workers(job: Job) -> None:
    """Notify the workers of ``job`` as soon as the transaction is committed. Never raises."""
    transaction.on_commit(lambda: notify_workers_now(job), robust=True)


def notify_workers_now(job: Job) -> bool:
    """Send the id of ``job`` to its queue; returns ``False`` when Redis is unavailable."""
    try:
        with current_app.connection_for_write(transport_options=TIMEOUTS | NO_RETRY) as connection:
            message = [job.kind(), str(job.pk)]
            current_app.send_task(TASK, args=message, queue=job.queue, connection=connection, retry=False)
    except Exception as error:  # noqa: BLE001 - kombu and redis raise many; a notification must not break the job
        logger.warning("Redis was not notified of %s; the reconciler will retry: %s", job, error)
        return False
    type(job).rows().filter(pk=job.pk, state=JobState.QUEUED).update(published_at=Now())
    return True


def redis_client() -> redis.Redis:
    """A connection with short timeouts."""
    return redis.Redis.from_url(settings.REDIS_URL, **TIMEOUTS)


def queue_length(queue: str) -> int:
    """The number of messages in ``queue``. Raises ``redis.RedisError`` when Redis is unavailable."""
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
