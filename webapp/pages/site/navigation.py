"""What every page shows: the person's team, role and other teams, and the navigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from trainer.messages.message import Message
from webapp.language.sorting import by_name
from webapp.runs.access import num_active
from webapp.teams.access import current_membership
from webapp.teams.models import Membership, Team
from webapp.ui.theme import THEME_COOKIE, THEMES

SECTIONS = (
    (Message("Experiments"), "experiments"),
    (Message("Runs"), "runs"),
    (Message("Checkpoints"), "checkpoints"),
    (Message("Datasets"), "datasets"),
    (Message("Compare"), "compare"),
    (Message("Workers"), "workers"),
)


@dataclass(frozen=True)
class NavLink:
    """One link of the navigation; a ``count`` other than 0 is shown beside it."""

    label: Message
    url: str
    current: bool
    count: int | None = None


def team(request: HttpRequest) -> dict[str, Any]:
    """Context processor; lazy, so that only what the template uses is queried."""
    theme = request.COOKIES.get(THEME_COOKIE, "system")
    context: dict[str, Any] = {"theme": theme if theme in THEMES else "system", "themes": THEMES}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context | {"team": None, "membership": None, "role": "", "nav": [], "other_teams": []}
    membership: Membership | None = getattr(request, "membership", None) or current_membership(user)
    return context | {
        "team": membership.team if membership else None,
        "membership": membership,
        "role": membership.role if membership else "",
        "nav": SimpleLazyObject(lambda: navigation(request, membership)),
        "other_teams": SimpleLazyObject(lambda: other_teams(user, membership)),
    }


def navigation(request: HttpRequest, membership: Membership | None) -> list[NavLink]:
    if membership is None:
        return []
    links = []
    for label, name in SECTIONS:
        url = reverse(name)
        count = num_active(membership.team) if name == "runs" else None
        links.append(NavLink(label, url, request.path.startswith(url), count))
    return links


def other_teams(user: Any, membership: Membership | None) -> list[Team]:
    teams = Team.objects.filter(memberships__user=user).order_by(by_name("name"))
    return list(teams.exclude(pk=membership.team_id) if membership else teams)
