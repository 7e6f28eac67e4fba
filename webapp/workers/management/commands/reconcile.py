"""``python manage.py reconcile``: find lost jobs and lost messages, every few seconds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.workers.reconciler import Reconciler


class Command(BaseCommand):
    help = "Requeue jobs whose worker was lost, and send lost messages to Redis again."
    requires_system_checks: list[str] = []  # noqa: RUF012 - as Django declares it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run once and exit")

    def handle(self, *args: Any, **options: Any) -> None:
        reconciler = Reconciler()
        if options["once"]:
            reconciler.run_once()
            return
        try:
            reconciler.run_forever()
        except KeyboardInterrupt:
            self.stdout.write("The reconciler ends.")
