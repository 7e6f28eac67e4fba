"""The Celery application: ``celery -A webapp worker`` starts a worker in the ordinary way.

Redis is only the doorbell. A message carries the id of a job; the database says whether there is work.
"""

from __future__ import annotations

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("trainyard")
app.config_from_object("webapp.celeryconfig")
app.conf.task_queues = (Queue("train"), Queue("evaluate"))
