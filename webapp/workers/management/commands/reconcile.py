"""``python manage.py reconcile``: find work that everybody forgot, every few seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.workers.reconciler import Reconciler


class Command(BaseCommand):
    help = "Give jobs whose worker was lost to another, and tell Redis of jobs that it forgot."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own way to say it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        reconciler = Reconciler()
        if options["once"]:
            reconciler.run_once()
            return
        try:
            reconciler.run_forever()
        except KeyboardInterrupt:
            self.stdout.write("The reconciler ends.")
