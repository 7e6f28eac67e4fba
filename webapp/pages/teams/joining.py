"""Ways to join a team: the first account of a server, an invitation, a team of one's own.

An invalid form is answered with 200 here: Django logs the URL of a 422, and these URLs are secrets.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trainer.messages.message import Message
from webapp.experiments.examples import create_example
from webapp.pages.teams.signing_in import start_session
from webapp.teams import links
from webapp.teams.access import (
    check,
    current_membership,
    may_found_teams,
    membership_in,
    no_founder,
    person_of,
    public,
    signed_in,
)
from webapp.teams.forms import NewAccountForm, TeamForm, WelcomeForm
from webapp.teams.models import Invitation, SignInLink, Team, User


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Create the first account, which operates the site, and its team, with an example that is ready to launch."""
    link = links.usable_welcome_link(token)
    if link is None:
        return render(request, "teams/link_spent.html", {"kind": "welcome"}, status=410)
    form = WelcomeForm(request.POST or None)
    if not form.is_valid():
        return render(request, "teams/welcome.html", {"form": form})
    try:
        user, team = create_first_account(link, form)
    except links.LinkSpent:
        return render(request, "teams/link_spent.html", {"kind": "welcome"}, status=410)
    return start_session(request, user, reverse("experiment", args=[create_example(team, user).pk]))


@transaction.atomic
def create_first_account(link: SignInLink, form: WelcomeForm) -> tuple[User, Team]:
    links.use(link)
    user = form.create(is_operator=True)
    return user, links.found_team(user, form.cleaned_data["team"])


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Join the team of an invitation, with an existing account or a new one."""
    invitation = links.usable_invitation(token)
    if invitation is None:
        return render(request, "teams/link_spent.html", {"kind": "invitation"}, status=410)
    try:
        if isinstance(request.user, User):
            return join_as(request, request.user, invitation)
        return join_as_new_person(request, invitation)
    except links.LinkSpent:
        return render(request, "teams/link_spent.html", {"kind": "invitation"}, status=410)


def join_as(request: HttpRequest, user: User, invitation: Invitation) -> HttpResponse:
    is_member = membership_in(user, invitation.team) is not None
    if request.method != "POST" or is_member:
        return render(request, "teams/join.html", {"invitation": invitation, "is_member": is_member})
    links.accept(invitation, user)
    messages.success(request, str(welcome_to(invitation.team)))
    return redirect("home")


def welcome_to(team: Team) -> Message:
    return Message("Welcome to {team}.", team=str(team))


def join_as_new_person(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = NewAccountForm(request.POST or None)
    if not form.is_valid():
        return render(request, "teams/join.html", {"invitation": invitation, "form": form})
    with transaction.atomic():
        user = form.create()
        links.accept(invitation, user)
    response = start_session(request, user, reverse("home"))
    messages.success(request, str(welcome_to(invitation.team)))
    return response


@signed_in
@require_safe
def no_team(request: HttpRequest) -> HttpResponse:
    """For people who were removed from their last team."""
    if current_membership(person_of(request)):
        return redirect("home")
    return render(request, "teams/no_team.html", no_team_context(request) | {"form": TeamForm()})


def no_team_context(request: HttpRequest) -> dict[str, Any]:
    """Whether the person may create a team, and if not, whom to ask."""
    may_found = may_found_teams(person_of(request))
    return {"may_found": may_found, "no_founder": "" if may_found else no_founder()}


@signed_in
@require_POST
def team_new(request: HttpRequest) -> HttpResponse:
    """Create a team of one's own, for those who may."""
    if not may_found_teams(person_of(request)):
        raise PermissionDenied(no_founder())
    form = TeamForm(request.POST)
    if not form.is_valid():
        return render(request, "teams/no_team.html", {"form": form, "may_found": True}, status=422)
    team = links.found_team(person_of(request), form.cleaned_data["team_name"])
    create_example(team, person_of(request))
    ready = Message("{team} is ready. Invite people on its team page.", team=str(team))
    messages.success(request, str(ready))
    return redirect("team")


@signed_in
@require_POST
def team_switch(request: HttpRequest, team_id: str) -> HttpResponse:
    """Switch to another team that the person is a member of."""
    team = get_object_or_404(Team, pk=team_id)
    check(request.user, team)
    links.switch_team(person_of(request), team)
    return redirect("home")
