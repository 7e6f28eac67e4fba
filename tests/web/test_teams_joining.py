"""Invitations, and teams of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from webapp.teams.models import Invitation, Membership, Role, Team, User

FORM = {"name": "Ada", "email": "ada@example.org", "password": "sleeper ballast points"}
ClientOf = Callable[[User], Client]


@pytest.fixture
def path(admin: User, team: Team) -> str:
    _, secret = Invitation.issue(team=team, created_by=admin, role=Role.VIEWER)
    return f"/join/{secret}/"


def test_an_admin_makes_a_link_that_is_shown_once(admin: User, client_of: ClientOf) -> None:
    client = client_of(admin)
    page = client.post("/team/invitations/new/", {"role": "member", "days": 7}, follow=True).content.decode()
    found = re.search(r'value="http://testserver(/join/[^"]+)"', page)
    assert found
    assert found[1] not in client.get("/team/").content.decode()
    assert Client().get(found[1]).status_code == 200


def test_an_invitation_has_the_chosen_role_and_life(admin: User, client_of: ClientOf) -> None:
    client_of(admin).post("/team/invitations/new/", {"role": "viewer", "days": 30})
    invitation = Invitation.objects.get()
    assert invitation.role == Role.VIEWER
    assert timedelta(days=29) < invitation.expires_at - timezone.now() <= timedelta(days=30)


@pytest.mark.parametrize("data", [{"role": "owner", "days": 7}, {"role": "viewer", "days": 9000}, {}])
def test_an_impossible_invitation_is_refused(admin: User, client_of: ClientOf, data: dict[str, object]) -> None:
    assert client_of(admin).post("/team/invitations/new/", data).status_code == 422
    assert not Invitation.objects.exists()


def test_somebody_new_creates_an_account_and_joins(path: str, team: Team, client: Client) -> None:
    client.post(path, FORM)
    membership = Membership.objects.get(user__email="ada@example.org")
    assert (membership.team, membership.role) == (team, Role.VIEWER)
    assert client.get("/team/").status_code == 200


def test_somebody_with_an_account_joins_with_it(path: str, outsider: User, team: Team, client_of: ClientOf) -> None:
    client = client_of(outsider)
    assert "Join as Outsider" in client.get(path).content.decode()
    client.post(path)
    outsider.refresh_from_db()
    assert outsider.current_team == team


def test_looking_at_an_invitation_does_not_use_it(path: str, outsider: User, client_of: ClientOf) -> None:
    client_of(outsider).get(path)
    assert Invitation.objects.get().accepted_at is None


def test_an_invitation_works_once(path: str, client: Client) -> None:
    client.post(path, FORM)
    response = Client().post(path, FORM | {"email": "eve@example.org"})
    assert response.status_code == 410
    assert "Ask an admin of the team for a new link" in response.content.decode()


def test_an_expired_invitation_lets_nobody_in(path: str, client: Client) -> None:
    Invitation.objects.update(expires_at=timezone.now())
    assert client.post(path, FORM).status_code == 410
    assert not User.objects.filter(email="ada@example.org").exists()


def test_a_revoked_invitation_lets_nobody_in(path: str, admin: User, client_of: ClientOf, client: Client) -> None:
    client_of(admin).post(f"/team/invitations/{Invitation.objects.get().pk}/revoke/")
    assert client.post(path, FORM).status_code == 410


def test_an_address_that_has_an_account_is_asked_to_sign_in(path: str, member: User, client: Client) -> None:
    response = client.post(path, FORM | {"email": "MEMBER@example.org"})
    assert "has an account already" in response.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_a_member_does_not_use_up_the_invitation(path: str, member: User, client_of: ClientOf) -> None:
    response = client_of(member).post(path)
    assert "already" in response.content.decode()
    assert Invitation.objects.get().accepted_at is None
    assert member.memberships.get().role == Role.MEMBER


def test_somebody_in_no_team_is_told_how_to_join_one(client_of: ClientOf, db: None) -> None:
    loner = User.objects.create_user("loner@example.org")
    response = client_of(loner).get("/", follow=True)
    assert response.redirect_chain == [("/no-team/", 302)]
    assert "You are in no team" in response.content.decode()


def test_a_new_team_has_its_founder_as_admin_and_an_example(member: User, client_of: ClientOf) -> None:
    client_of(member).post("/team/new/", {"team_name": "Second"})
    second = Team.objects.get(name="Second")
    assert second.memberships.get().user == member
    assert second.memberships.get().role == Role.ADMIN
    assert second.experiments.count() == 1


def test_switching_leads_to_the_work_of_the_other_team(member: User, other_team: Team, client_of: ClientOf) -> None:
    Membership.objects.create(team=other_team, user=member, role=Role.VIEWER)
    client = client_of(member)
    client.post(f"/team/{other_team.pk}/switch/")
    assert "<h1>Points</h1>" in client.get("/team/").content.decode()


def test_nobody_switches_to_a_team_they_are_not_in(member: User, other_team: Team, client_of: ClientOf) -> None:
    assert client_of(member).post(f"/team/{other_team.pk}/switch/").status_code == 404
