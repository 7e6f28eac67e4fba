"""``python manage.py operator EMAIL [--remove]``: who operates the site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.operators import operating
from webapp.operators.management.named import account


class Command(BaseCommand):
    help = "Let a person operate the site: accounts, teams and quotas; or withdraw that."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address of an account")
        parser.add_argument("--remove", action="store_true", help="withdraw the operator rights")

    def handle(self, *args: Any, **options: Any) -> None:
        person, remove = account(options["email"]), options["remove"]
        try:
            (operating.unmake_operator if remove else operating.make_operator)(person, None)
        except operating.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{person.email} is {'no longer' if remove else 'now'} an operator.")
