from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    """An app for its commands alone."""

    name = "webapp.operators"
