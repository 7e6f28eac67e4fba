"""``python manage.py sign_in_link [EMAIL]``: a one-time link into the site, printed on one line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.teams.links import first_admin, new_sign_in_link, site_address
from webapp.teams.models import User


class Command(BaseCommand):
    help = "Print a link that signs in once: the named person, else the first admin, else to the first account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", help="e-mail address of an account; the first admin's when left out")
        parser.add_argument("--site", default=site_address(), help="address of the site (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = person(options["email"]) if options["email"] else first_admin()
        self.stdout.write(f"{options['site'].rstrip('/')}{new_sign_in_link(user)}")


def person(email: str) -> User:
    """The account with this address; raises :class:`CommandError` naming those there are."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        known = ", ".join(User.objects.order_by("email").values_list("email", flat=True)[:20])
        raise CommandError(f"There is no account {email!r}. Accounts: {known or 'none yet'}.")
    if not user.is_active:
        raise CommandError(f"The account {email!r} is switched off.")
    return user
