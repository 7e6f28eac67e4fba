from django.apps import AppConfig


class StorageConfig(AppConfig):
    """An app for its command alone."""

    name = "webapp.storage"
