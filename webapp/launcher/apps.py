from django.apps import AppConfig
from django.conf import settings

from webapp.launcher import privacy


class LauncherConfig(AppConfig):
    name = "webapp.launcher"

    def ready(self) -> None:
        """Runs in every process: web, workers, reconciler and commands."""
        from webapp.launcher import checks  # noqa: F401 - importing registers them

        if not settings.SHARED_DATA:
            privacy.keep_to_owner(settings.DATA_DIR)
