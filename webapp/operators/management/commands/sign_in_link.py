"""``python manage.py sign_in_link [EMAIL]``: print a one-time sign-in link on one line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.operators.management.named import active_account
from webapp.teams.links import first_admin, new_sign_in_link, site_address


class Command(BaseCommand):
    help = "Print a link that signs in once: the named person, else the first operator. Without accounts: creates one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", help="e-mail address of an account (default: the first operator's)")
        parser.add_argument("--site", default=site_address(), help="address of the site (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = active_account(options["email"]) if options["email"] else first_admin()
        self.stdout.write(f"{options['site'].rstrip('/')}{new_sign_in_link(user)}")
