"""How Celery is used here. The reasons are in docs/architecture.md, "Work"."""

from __future__ import annotations

from django.conf import settings

from webapp.environment import broker_address

broker_url = broker_address(settings.REDIS_URL)
broker_connection_retry_on_startup = True
# A connection that is dead without a word is dropped after half a minute at most.
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

# Early acknowledgement: a late one is delivered a second time after the visibility timeout, in the middle of a
# long run. Lost messages are the reconciler's to find.
task_acks_late = False
worker_prefetch_multiplier = 1
worker_disable_prefetch = True
# One job at a time for each device; a trainer process per run keeps TensorFlow out of the pool.
worker_concurrency = 1
worker_consumer = "webapp.workers.consumer:QuietConsumer"
worker_hijack_root_logger = False
worker_enable_remote_control = False
