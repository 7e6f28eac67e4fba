"""Accounts and teams named on the command line."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from webapp.teams.models import Team, User


def account(email: str) -> User:
    """Return the account with this address. Raises :class:`CommandError` that lists the accounts."""
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        known = ", ".join(User.objects.order_by("email").values_list("email", flat=True)[:20])
        raise CommandError(f"There is no account {email!r}. Accounts: {known or 'none yet'}.")
    return user


def active_account(email: str) -> User:
    """Return the account. Raises :class:`CommandError` if it is not active."""
    user = account(email)
    if not user.is_active:
        raise CommandError(f"The account {email!r} is deactivated. `activate {user.email}` lets it sign in again.")
    return user


def team_named(name: str) -> Team:
    """Return the team with this name or id. Raises :class:`CommandError` that lists the teams."""
    found = list(Team.objects.filter(name=name)) or _with_id(name)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(team.pk) for team in found)
        raise CommandError(f"{len(found)} teams are called {name!r}. Give the id of one: {ids}.")
    known = ", ".join(Team.objects.order_by("name").values_list("name", flat=True)[:20])
    raise CommandError(f"There is no team {name!r}. Teams: {known or 'none yet'}.")


def _with_id(text: str) -> list[Team]:
    try:
        return list(Team.objects.filter(pk=text))
    except ValidationError:
        return []
