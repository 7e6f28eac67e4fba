"""The team page: roles, leaving, removing, renaming, tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests import factories
from webapp.teams import members
from webapp.teams.models import ApiToken, Invitation, Membership, Role, Team, User
from webapp.teams.tokens import holder_of

ClientOf = Callable[[User], Client]


def membership_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def set_role(client: Client, user: User, role: str) -> str:
    path = f"/team/members/{membership_of(user).pk}/role/"
    return client.post(path, {"role": role}, follow=True).content.decode()


def test_an_admin_changes_a_role_at_once(admin: User, viewer: User, client_of: ClientOf) -> None:
    assert "Viewer is now a member" in set_role(client_of(admin), viewer, "member")
    assert membership_of(viewer).role == Role.MEMBER


def test_a_member_changes_no_role(member: User, viewer: User, client_of: ClientOf) -> None:
    path = f"/team/members/{membership_of(viewer).pk}/role/"
    assert client_of(member).post(path, {"role": "admin"}).status_code == 403


def test_nobody_makes_themselves_admin(member: User, client_of: ClientOf) -> None:
    path = f"/team/members/{membership_of(member).pk}/role/"
    assert client_of(member).post(path, {"role": "admin"}).status_code == 403


def test_an_unknown_role_is_refused(admin: User, viewer: User, client_of: ClientOf) -> None:
    assert "A role is one of: viewer, member, admin." in set_role(client_of(admin), viewer, "owner")


def test_the_last_admin_cannot_be_demoted(admin: User, member: User, client_of: ClientOf) -> None:
    assert "is the only admin of Signals" in set_role(client_of(admin), admin, "member")
    assert membership_of(admin).role == Role.ADMIN


def test_the_last_admin_cannot_leave(admin: User, member: User, client_of: ClientOf) -> None:
    client_of(admin).post(f"/team/members/{membership_of(admin).pk}/remove/")
    assert membership_of(admin).role == Role.ADMIN


def test_an_admin_may_go_when_there_is_another(admin: User, member: User, client_of: ClientOf) -> None:
    set_role(client_of(admin), member, "admin")
    client_of(admin).post(f"/team/members/{membership_of(admin).pk}/remove/")
    assert not admin.memberships.exists()


def test_of_two_admins_who_demote_each_other_one_stays(admin: User, team: Team) -> None:
    second = membership_of(factories.make_user("second@example.org", team, Role.ADMIN))
    first = membership_of(admin)
    members.change_role(first, Role.MEMBER)
    with pytest.raises(members.LastAdmin):
        members.change_role(second, Role.MEMBER)


def test_a_removed_member_sees_nothing_from_then_on(admin: User, member: User, client_of: ClientOf) -> None:
    open_page = client_of(member)
    assert open_page.get("/team/").status_code == 200
    client_of(admin).post(f"/team/members/{membership_of(member).pk}/remove/")
    assert open_page.get("/team/").headers["Location"] == "/no-team/"


def test_a_removed_member_loses_tokens_and_invitations(admin: User, team: Team, client_of: ClientOf) -> None:
    leaver = factories.make_user("leaver@example.org", team, Role.ADMIN)
    _, token = ApiToken.issue(user=leaver, team=team, name="sweep")
    Invitation.issue(team=team, created_by=leaver)
    client_of(admin).post(f"/team/members/{membership_of(leaver).pk}/remove/")
    assert holder_of(token) is None
    assert not Invitation.objects.exists()


def test_a_demoted_admin_loses_open_invitations(admin: User, team: Team, client_of: ClientOf) -> None:
    demoted = factories.make_user("demoted@example.org", team, Role.ADMIN)
    Invitation.issue(team=team, created_by=demoted)
    set_role(client_of(admin), demoted, "viewer")
    assert not Invitation.objects.exists()


def test_a_viewer_may_leave(viewer: User, client_of: ClientOf) -> None:
    client_of(viewer).post(f"/team/members/{membership_of(viewer).pk}/remove/")
    assert not viewer.memberships.exists()


def test_a_member_removes_nobody_else(member: User, viewer: User, client_of: ClientOf) -> None:
    path = f"/team/members/{membership_of(viewer).pk}/remove/"
    assert client_of(member).post(path).status_code == 403


def test_an_admin_of_another_team_finds_nobody_here(outsider: User, viewer: User, client_of: ClientOf) -> None:
    path = f"/team/members/{membership_of(viewer).pk}/role/"
    assert client_of(outsider).post(path, {"role": "admin"}).status_code == 404


def test_an_admin_renames_the_team(admin: User, team: Team, client_of: ClientOf) -> None:
    client_of(admin).post("/team/rename/", {"team_name": "Interlocking"})
    team.refresh_from_db()
    assert team.name == "Interlocking"


def test_an_empty_team_name_is_refused_at_its_field(admin: User, client_of: ClientOf) -> None:
    response = client_of(admin).post("/team/rename/", {"team_name": ""})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


def test_an_admin_revokes_the_token_of_a_member(admin: User, member: User, team: Team, client_of: ClientOf) -> None:
    token, secret = ApiToken.issue(user=member, team=team, name="sweep")
    client_of(admin).post(f"/team/tokens/{token.pk}/revoke/")
    assert holder_of(secret) is None


def test_only_admins_see_invitations_and_tokens(admin: User, member: User, client_of: ClientOf) -> None:
    assert "Invite people" in client_of(admin).get("/team/").content.decode()
    assert "Invite people" not in client_of(member).get("/team/").content.decode()
