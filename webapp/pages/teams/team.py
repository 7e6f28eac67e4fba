"""The team page: members, roles, invitations, tokens, name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message
from webapp.teams import members, one_time_secrets
from webapp.teams.access import check, requires, team_of
from webapp.teams.forms import InvitationForm, RoleForm, TeamForm
from webapp.teams.models import ApiToken, Invitation, Membership, Role


@requires(Role.VIEWER)
@never_cache
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    return team_page(request)


def team_page(request: HttpRequest, **bound: Any) -> HttpResponse:
    """The whole page; ``bound`` replaces a form by one with errors to show."""
    team = team_of(request)
    context = {
        "members": team.memberships.select_related("user").order_by("created_at"),
        "roles": Role.choices,
        "team_form": TeamForm(initial={"team_name": team.name}),
        "invitation_form": InvitationForm(initial={"role": Role.MEMBER}),
        "invitations": team.invitations.select_related("created_by", "accepted_by").order_by("-created_at")[:50],
        "tokens": ApiToken.objects.filter(team=team).select_related("user").order_by("-created_at"),
        "new_link": one_time_secrets.take(request, "invitation"),
    }
    return render(request, "teams/team.html", context | bound, status=422 if bound else 200)


@requires(Role.ADMIN)
@require_POST
def team_rename(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST)
    if not form.is_valid():
        return team_page(request, team_form=form)
    team = team_of(request)
    team.name = form.cleaned_data["team_name"]
    team.save(update_fields=["name"])
    messages.success(request, str(Message("The team is now called {team}.", team=str(team))))
    return redirect("team")


@requires(Role.VIEWER)
@require_POST
def member_role(request: HttpRequest, membership_id: str) -> HttpResponse:
    membership = get_managed(request, membership_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(Message("A role is one of: {roles}.", roles=", ".join(Role.values))))
        return redirect("team")
    try:
        role = Role(form.cleaned_data["role"])
        members.change_role(membership, role)
    except members.LastAdmin as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(has_role(str(membership.user), role)))
    return redirect("team")


def has_role(person: str, role: Role) -> Message:
    match role:
        case Role.ADMIN:
            return Message("{person} is now an admin.", person=person)
        case Role.MEMBER:
            return Message("{person} is now a member.", person=person)
    return Message("{person} is now a viewer.", person=person)


@requires(Role.VIEWER)
@require_POST
def member_remove(request: HttpRequest, membership_id: str) -> HttpResponse:
    """Admins may remove anyone; everyone may leave."""
    membership = get_object_or_404(Membership, pk=membership_id)
    is_own = membership.user_id == request.user.pk
    check(request.user, membership.team, Role.VIEWER if is_own else Role.ADMIN)
    try:
        members.remove(membership)
    except members.LastAdmin as error:
        messages.error(request, str(error))
        return redirect("team")
    messages.success(request, str(has_left(membership, is_own)))
    return redirect("home" if is_own else "team")


def has_left(membership: Membership, is_own: bool) -> Message:
    team = str(membership.team)
    if is_own:
        return Message("You have left {team}.", team=team)
    return Message("{person} has left {team}.", person=str(membership.user), team=team)


def get_managed(request: HttpRequest, membership_id: str) -> Membership:
    """Fetch a membership of a team that the person is an admin of."""
    membership = get_object_or_404(Membership.objects.select_related("team", "user"), pk=membership_id)
    check(request.user, membership.team, Role.ADMIN)
    return membership


@requires(Role.ADMIN)
@require_POST
def invitation_new(request: HttpRequest) -> HttpResponse:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return team_page(request, invitation_form=form)
    _, secret = Invitation.issue(
        team=team_of(request),
        role=form.cleaned_data["role"],
        created_by=request.user,
        max_uses=form.cleaned_data["num_people"],
        expires_at=form.expires_at(),
    )
    one_time_secrets.keep(request, "invitation", request.build_absolute_uri(reverse("join", args=[secret])))
    return redirect(f"{reverse('team')}#invitations")


@requires(Role.VIEWER)
@require_POST
def invitation_revoke(request: HttpRequest, invitation_id: str) -> HttpResponse:
    invitation = get_object_or_404(Invitation, Invitation.has_uses_left(), pk=invitation_id)
    check(request.user, invitation.team, Role.ADMIN)
    invitation.delete()
    messages.success(request, str(Message("The invitation no longer works.")))
    return redirect("team")


@requires(Role.VIEWER)
@require_POST
def team_token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.select_related("team", "user"), pk=token_id)
    check(request.user, token.team, Role.ADMIN)
    token.delete()
    done = Message("The token “{name}” of {person} no longer works.", name=token.name, person=str(token.user))
    messages.success(request, str(done))
    return redirect("team")
