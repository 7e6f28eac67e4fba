"""Celery's configuration. The reasons are in docs/architecture.md, "Work"."""

from __future__ import annotations

from django.conf import settings

from webapp.environment import broker_address

broker_url = broker_address(settings.REDIS_URL)
broker_connection_retry_on_startup = True
# A connection that died silently is dropped after half a minute at most.
broker_transport_options = {
    "global_keyprefix": "trainyard:",
    "socket_keepalive": True,
    "socket_timeout": 10,
    "health_check_interval": 10,
}

imports = ("webapp.workers.tasks",)
task_default_queue = "train"
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]

# Early acknowledgement: with late acknowledgement a message is delivered a second time after the visibility timeout,
# in the middle of a long run. The reconciler finds lost messages.
task_acks_late = False
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
# One job at a time for each device. Trainer processes keep TensorFlow out of the pool.
worker_concurrency = 1
worker_consumer = "webapp.workers.consumer:QuietConsumer"
worker_hijack_root_logger = False
worker_enable_remote_control = False
