"""The Django app of the languages."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils import translation

from trainer.messages import language


class LanguageConfig(AppConfig):
    name = "webapp.language"

    def ready(self) -> None:
        """Messages of the trainer are rendered in Django's active language, like the site's own."""
        language.use(translation)
