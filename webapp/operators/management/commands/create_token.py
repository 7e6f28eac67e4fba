"""``python manage.py create_token EMAIL``: print a bearer token for the API on one line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.operators.management.named import active_account
from webapp.teams.access import current_membership
from webapp.teams.forms import TokenForm
from webapp.teams.models import ApiToken, Membership, User


class Command(BaseCommand):
    help = "Print a bearer token with which a program acts as a person in one of their teams."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="e-mail address of an account")
        parser.add_argument("--team", help="name of the team (default: the person's current team)")
        parser.add_argument("--name", default="made on the command line", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = active_account(options["email"])
        membership = membership_of(user, options["team"])
        _, secret = ApiToken.issue(user=user, team=membership.team, name=accepted_name(options["name"]))
        self.stdout.write(secret)


def accepted_name(name: str) -> str:
    """Return the name if the page of tokens would accept it; raises :class:`CommandError` otherwise."""
    form = TokenForm({"token_name": name})
    if not form.is_valid():
        raise CommandError(f"--name: {' '.join(map(str, form.errors['token_name']))}")
    return str(form.cleaned_data["token_name"])


def membership_of(user: User, team_name: str | None) -> Membership:
    """Return the membership to act in. Raises :class:`CommandError` that lists the teams."""
    memberships = list(Membership.objects.filter(user=user).select_related("team"))
    names = ", ".join(sorted(membership.team.name for membership in memberships)) or "none"
    if team_name is None:
        current = current_membership(user)
        if current is None:
            raise CommandError(f"{user.email} is in no team.")
        return current
    chosen = [membership for membership in memberships if membership.team.name == team_name]
    if len(chosen) != 1:
        which = "no team" if not chosen else f"{len(chosen)} teams"
        raise CommandError(f"{user.email} is in {which} called {team_name!r}. Teams: {names}.")
    return chosen[0]
