"""``python manage.py sign_out EMAIL``: end all sessions of a person."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.operators import operating
from webapp.operators.management.named import account


class Command(BaseCommand):
    help = "Sign a person out everywhere. API tokens continue to work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address of an account")

    def handle(self, *args: Any, **options: Any) -> None:
        person = account(options["email"])
        operating.sign_out(person, None)
        self.stdout.write(f"{person.email} is signed out everywhere.")
