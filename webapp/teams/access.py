"""Permissions. Every view has an access rule; a view without one is refused.

``@requires(Role.MEMBER)`` requires a signed-in person with at least that role in the current team and sets
``request.team`` and ``request.membership``; ``@requires_operator`` requires an operator of the site. Rows of a team
are fetched through the ``access.py`` of their app, which calls :func:`check`, so that no view can fetch without
checking.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from trainer.messages.message import Message, joined
from webapp.teams.models import Membership, Role, Team, User

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed in"
OPERATOR = "operator"
SEEN_STEP = timedelta(hours=1)
_seen_again_at = 0.0
ONLY_OPERATORS = Message("Only an operator of this site can do this.")


def public(view: View) -> View:
    """Allow everyone, signed in or not."""
    view.rule = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Require a signed-in person, with or without a team: for their account, leaving, joining."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        note_seen(request.user)
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    checked.rule = SIGNED_IN  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def requires_operator(view: View) -> View:
    """Require an operator of the site."""

    @signed_in
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        check_operator(request.user)
        response: HttpResponse = view(request, *args, **kwargs)
        return response

    checked.rule = OPERATOR  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def requires(role: Role) -> Callable[[View], View]:
    """Require a person with at least ``role`` in their current team."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            note_seen(request.user)
            membership = current_membership(request.user)
            if membership is None:
                return redirect("no-team")
            if not membership.allows(role):
                raise PermissionDenied(role_too_low(role, membership))
            request.membership, request.team = membership, membership.team  # type: ignore[attr-defined]
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        checked.rule = role  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate


def check_operator(user: Any) -> None:
    """Raise ``PermissionDenied`` unless ``user`` operates the site."""
    if not getattr(user, "is_operator", False):
        raise PermissionDenied(ONLY_OPERATORS)


def operators() -> QuerySet[User]:
    """The operators of the site who can sign in."""
    return User.objects.filter(is_operator=True, is_active=True).order_by("date_joined", "pk")


def may_found_teams(user: User) -> bool:
    return user.is_operator or settings.TEAM_FOUNDERS == "everybody"


def no_founder() -> Message:
    """Why a person cannot create a team, and whom to ask."""
    names = ", ".join(str(person) for person in operators()[:3])
    if names:
        return Message("Only operators create teams here. Ask the operator of this site ({names}).", names=names)
    return Message("Only operators create teams here. Ask the administrator of this server.")


def note_seen(user: User) -> None:
    """Record, at most once an hour, that the person was seen.

    Pages must stay readable while the database is read-only, so a failed write is not retried for an hour.
    """
    global _seen_again_at
    now = timezone.now()
    is_recent = user.last_seen_at is not None and user.last_seen_at > now - SEEN_STEP
    if is_recent or time.monotonic() < _seen_again_at:
        return
    try:
        User.objects.filter(pk=user.pk).update(last_seen_at=now)
    except DatabaseError:
        _seen_again_at = time.monotonic() + SEEN_STEP.total_seconds()


def person_of(request: HttpRequest) -> User:
    """The signed-in person of a view that requires one."""
    if not isinstance(request.user, User):
        raise PermissionDenied(Message("Sign in first."))
    return request.user


def team_of(request: HttpRequest) -> Team:
    """The current team in a view with ``@requires``."""
    team: Team = request.team  # type: ignore[attr-defined]
    return team


def role_too_low(needed: Role, membership: Membership) -> Message:
    """Who may do it, what the person is, and what to do; no role is too low for viewers."""
    team = str(membership.team)
    if needed == Role.MEMBER:
        reason = Message("Members of {team} can do this; you are a viewer.", team=team)
    elif membership.role == Role.MEMBER:
        reason = Message("Admins of {team} can do this; you are a member.", team=team)
    else:
        reason = Message("Admins of {team} can do this; you are a viewer.", team=team)
    return joined(reason, Message("An admin of the team can change your role on the team page."))


def current_membership(user: User) -> Membership | None:
    """The person's membership of their current team: the one they chose, else their first."""
    memberships = Membership.objects.filter(user=user).select_related("team").order_by("created_at")
    chosen = memberships.filter(team=user.current_team_id).first() if user.current_team_id else None
    return chosen or memberships.first()


def membership_in(user: Any, team: Team) -> Membership | None:
    """The person's membership of ``team``, even if another team is current."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    return Membership.objects.filter(user=user, team=team).select_related("team").first()


def may_change(membership: Membership, owner: User | None) -> bool:
    """Whether the person may change a row of their team that ``owner`` made: members their own, admins everything.

    Rows of a deleted account, or of a person who left the team, can be changed by admins only.
    """
    if membership.allows(Role.ADMIN):
        return True
    return membership.allows(Role.MEMBER) and owner is not None and owner.pk == membership.user_id


class OwnedBy(NamedTuple):
    """The owner of a row to change, for :func:`check`; ``person`` is ``None`` if their account was deleted."""

    person: User | None

    def refusal(self, team: Team) -> Message:
        if self.person is None:
            return Message("The owner's account was deleted. Ask an admin of {team}.", team=str(team))
        owner = str(self.person)
        return Message("This belongs to {owner}. Ask them or an admin of {team}.", owner=owner, team=str(team))


def check(user: Any, team: Team, role: Role = Role.VIEWER, *, change: OwnedBy | None = None) -> Membership:
    """Return the membership of ``user`` if they may access a row of ``team``, or raise.

    Raises ``Http404`` for outsiders, who must not learn that the row exists, and ``PermissionDenied`` if the role is
    too low or :func:`may_change` refuses the ``change``.
    """
    membership = membership_in(user, team)
    if membership is None:
        raise Http404(Message("There is no such page."))
    if not membership.allows(role):
        raise PermissionDenied(role_too_low(role, membership))
    if change is not None and not may_change(membership, change.person):
        raise PermissionDenied(change.refusal(team))
    return membership


class AccessMiddleware:
    """Refuses every view without a rule (default deny)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if getattr(view, "rule", None) is None:
            raise PermissionDenied(f"{view.__module__}.{view.__name__} has no access rule.")
