"""The Django app of the languages."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils import translation

from trainer.messages import language
from webapp.language import sorting


class LanguageConfig(AppConfig):
    name = "webapp.language"

    def ready(self) -> None:
        """Render messages of the trainer in Django's active language, like the site's own; let SQLite sort names."""
        language.use(translation)
        connection_created.connect(sorting.teach_sqlite)
