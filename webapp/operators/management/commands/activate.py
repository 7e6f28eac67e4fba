"""``python manage.py activate EMAIL``: undo ``deactivate``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.operators import operating
from webapp.operators.management.named import account


class Command(BaseCommand):
    help = "Activate an account that was deactivated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address of an account")

    def handle(self, *args: Any, **options: Any) -> None:
        person = account(options["email"])
        operating.activate(person, None)
        self.stdout.write(f"{person.email} can sign in again.")
