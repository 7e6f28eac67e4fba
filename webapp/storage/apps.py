from django.apps import AppConfig


class StorageConfig(AppConfig):
    """An app only for its management command."""

    name = "webapp.storage"
