"""``manage.py catalogs``: update or compile the catalogs of translations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from webapp.language.catalogs import catalog_files, compile_all


class Command(BaseCommand):
    help = "Update the catalogs of translations from the code (update), or compile them (compile)."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=("update", "compile"))

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "compile":
            compile_all()
            return
        for file in catalog_files():
            file.update()
            self.stdout.write(f"{file.path.relative_to(settings.BASE_DIR)}: {len(file.untranslated())} to translate")
