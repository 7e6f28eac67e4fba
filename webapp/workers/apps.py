from django.apps import AppConfig


class WorkersConfig(AppConfig):
    """An app for its command alone."""

    name = "webapp.workers"
    label = "worker_processes"
