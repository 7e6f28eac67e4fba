"""``python manage.py found_team NAME --admin EMAIL``: a new team with its admin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.operators import operating
from webapp.teams.forms import FoundTeamForm


class Command(BaseCommand):
    help = "Found a team for a person, who becomes its admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="name of the new team")
        parser.add_argument("--admin", required=True, help="e-mail address of the account that becomes its admin")

    def handle(self, *args: Any, **options: Any) -> None:
        form = FoundTeamForm({"team_name": options["name"], "admin_email": options["admin"]})
        if not form.is_valid():
            raise CommandError(" ".join(str(sentence) for errors in form.errors.values() for sentence in errors))
        try:
            team = operating.found_team(form.cleaned_data["team_name"], form.cleaned_data["admin_email"], None)
        except operating.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(team.pk))
