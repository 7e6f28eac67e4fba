from django.apps import AppConfig


class LaunchesConfig(AppConfig):
    name = "webapp.launches"
