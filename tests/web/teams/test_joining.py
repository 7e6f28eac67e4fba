"""Invitations, and teams of one's own."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from webapp.teams import links
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
    assert "already has an account" in response.content.decode()
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


def test_a_new_team_has_its_founder_as_admin_and_an_example(operator: User, client_of: ClientOf) -> None:
    client_of(operator).post("/team/new/", {"team_name": "Second"})
    second = Team.objects.get(name="Second")
    assert (second.founded_by, second.memberships.get().user) == (operator, operator)
    assert second.memberships.get().role == Role.ADMIN
    assert second.experiments.count() == 1


def test_others_found_no_team_and_are_told_whom_to_ask(
    team: Team, viewer: User, operator: User, client_of: ClientOf
) -> None:
    viewer.memberships.all().delete()
    client = client_of(viewer)
    answer = client.post("/team/new/", {"team_name": "Mine"})
    assert answer.status_code == 403
    assert "Ask the operator of this site (Operator)." in answer.content.decode()
    assert not Team.objects.filter(name="Mine").exists()
    for path in ("/no-team/", "/account/"):
        page = client.get(path).content.decode()
        assert "Ask the operator of this site (Operator)." in page
        assert "/team/new/" not in page
    assert client.post("/runs/new/example/").headers["Location"] == "/no-team/"


def test_everybody_founds_teams_where_that_is_set(member: User, client_of: ClientOf, settings: Any) -> None:
    settings.TEAM_FOUNDERS = "everybody"
    client = client_of(member)
    assert "/team/new/" in client.get("/account/").content.decode()
    assert client.post("/team/new/", {"team_name": "Second"}).status_code == 302


@pytest.fixture
def class_link(admin: User, client_of: ClientOf) -> str:
    return link_for(client_of(admin), num_people=3)


def link_for(client: Client, **form: object) -> str:
    page = client.post("/team/invitations/new/", {"role": "viewer", "days": 1, **form}, follow=True).content.decode()
    found = re.search(r'value="http://testserver(/join/[^"]+)"', page)
    assert found
    return found[1]


def join_as(path: str, number: int) -> int:
    return Client().post(path, FORM | {"email": f"student-{number}@example.org"}).status_code


def test_a_link_for_a_class_lets_in_as_many_as_it_is_for(
    class_link: str, admin: User, team: Team, client_of: ClientOf
) -> None:
    assert [join_as(class_link, number) for number in range(2)] == [302, 302]
    page = client_of(admin).get("/team/").content.decode()
    assert "2 of 3" in page
    assert "open, expires" in page
    assert [join_as(class_link, number) for number in range(2, 4)] == [302, 410]
    assert "used up" in client_of(admin).get("/team/").content.decode()
    assert team.memberships.filter(role=Role.VIEWER).count() == 3


def test_a_link_for_a_class_can_be_revoked_half_way(class_link: str, admin: User, client_of: ClientOf) -> None:
    join_as(class_link, 1)
    client_of(admin).post(f"/team/invitations/{Invitation.objects.get().pk}/revoke/")
    assert join_as(class_link, 2) == 410
    assert User.objects.filter(email="student-1@example.org").exists()


@pytest.mark.parametrize("form", [{"role": "admin", "num_people": 2}, {"num_people": 0}, {"num_people": 501}])
def test_a_link_for_several_makes_no_admins_and_has_a_limit(
    admin: User, client_of: ClientOf, form: dict[str, object]
) -> None:
    answer = client_of(admin).post("/team/invitations/new/", {"role": "viewer", "days": 1, **form})
    assert answer.status_code == 422
    assert "field-error" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_who_joins_twice_at_once_takes_one_place(class_link: str, outsider: User) -> None:
    invitation = Invitation.objects.get()
    links.accept(invitation, outsider)
    links.accept(invitation, outsider)
    invitation.refresh_from_db()
    assert invitation.uses == 1


@pytest.mark.django_db(transaction=True)
def test_of_twelve_at_once_on_a_link_with_one_use_left_one_joins(class_link: str, team: Team) -> None:
    Invitation.objects.update(uses=2)
    together = threading.Barrier(12)

    def join(number: int) -> int:
        together.wait()
        try:
            return join_as(class_link, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(join, range(12)))
    assert sorted(answers) == [302] + [410] * 11
    assert team.memberships.filter(role=Role.VIEWER).count() == 1
    assert User.objects.filter(email__startswith="student-").count() == 1


def test_an_invitation_does_not_work_while_its_maker_is_deactivated(path: str, admin: User, client: Client) -> None:
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert client.get(path).status_code == 410
    User.objects.filter(pk=admin.pk).update(is_active=True)
    assert client.get(path).status_code == 200


def test_switching_leads_to_the_work_of_the_other_team(member: User, other_team: Team, client_of: ClientOf) -> None:
    Membership.objects.create(team=other_team, user=member, role=Role.VIEWER)
    client = client_of(member)
    client.post(f"/team/{other_team.pk}/switch/")
    assert "<h1>Points</h1>" in client.get("/team/").content.decode()


def test_nobody_switches_to_a_team_they_are_not_in(member: User, other_team: Team, client_of: ClientOf) -> None:
    assert client_of(member).post(f"/team/{other_team.pk}/switch/").status_code == 404
