"""``python manage.py deactivate EMAIL``: end a person's access; their work is kept."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.operators import operating
from webapp.operators.management.named import account


class Command(BaseCommand):
    help = "Deactivate an account: no sign-in, sessions end, tokens are refused, queued jobs are stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address of an account")
        parser.add_argument("--stop-running", action="store_true", help="also stop running jobs of the person")

    def handle(self, *args: Any, **options: Any) -> None:
        person = account(options["email"])
        try:
            stopped = operating.deactivate(person, None, stop_running=options["stop_running"])
        except operating.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{person.email} is deactivated. Jobs stopped: {stopped}.")
