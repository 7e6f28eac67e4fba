"""``python manage.py people``: all accounts, one a line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.operators import overview
from webapp.teams.models import User


class Command(BaseCommand):
    help = "List the accounts: address, name, state, last seen, and teams with roles, separated by tabs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("search", nargs="?", default="", help="part of a name, an address or a team")

    def handle(self, *args: Any, **options: Any) -> None:
        for person in overview.people(options["search"], ""):
            self.stdout.write("\t".join(line_of(person)))


def line_of(person: User) -> list[str]:
    state = "active" if person.is_active else "deactivated"
    seen = f"{person.last_seen_at:%Y-%m-%d %H:%M}" if person.last_seen_at else "never"
    teams = ", ".join(f"{membership.team} ({membership.role})" for membership in person.memberships.all())
    return [person.email, person.name, f"{state}, operator" if person.is_operator else state, seen, teams or "no team"]
