"""The Django app of the API."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import AppConfig

from webapp.language.declaring import declare


class ApiConfig(AppConfig):
    name = "webapp.api"

    def ready(self) -> None:
        declare("webapp/api/docs.py", _texts)


def _texts() -> Iterator[str]:
    from webapp.api import docs  # imports every operation, which needs all apps

    return docs.texts()
