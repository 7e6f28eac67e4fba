from django.apps import AppConfig


class WorkersConfig(AppConfig):
    """An app only for its management command."""

    name = "webapp.workers"
    label = "worker_processes"
