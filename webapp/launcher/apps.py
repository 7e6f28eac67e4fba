from django.apps import AppConfig


class LauncherConfig(AppConfig):
    name = "webapp.launcher"

    def ready(self) -> None:
        from webapp.launcher import checks  # noqa: F401 - importing registers them
