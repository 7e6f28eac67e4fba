"""The first account of a server, made through a one-time link."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from webapp.teams import links
from webapp.teams.models import Role, SignInLink, Team, User

FORM = {"name": "Ada", "email": "ada@example.org", "password": "sleeper ballast points", "team": "Signals"}


@pytest.fixture
def path(db: None) -> str:
    return links.new_sign_in_link(None)


def test_the_link_leads_to_a_form_and_looking_does_not_use_it(path: str, client: Client) -> None:
    client.get(path)
    assert "Create account and team" in client.get(path).content.decode()


def test_it_creates_an_admin_a_team_and_the_example(path: str, client: Client) -> None:
    response = client.post(path, FORM)
    membership = User.objects.get().memberships.get()
    assert (membership.role, membership.team.name) == (Role.ADMIN, "Signals")
    assert membership.user.is_operator
    experiment = membership.team.experiments.get()
    assert response.headers["Location"] == f"/experiments/{experiment.pk}/"


def test_afterwards_the_person_is_signed_in_at_the_example(path: str, client: Client) -> None:
    assert client.post(path, FORM, follow=True).status_code == 200


def test_the_link_works_once(path: str, client: Client) -> None:
    client.post(path, FORM)
    second = Client().post(path, FORM | {"email": "eve@example.org"})
    assert second.status_code == 410
    assert User.objects.count() == 1


def test_it_does_not_work_when_somebody_has_an_account(path: str, member: User, client: Client) -> None:
    assert client.get(path).status_code == 410


def test_an_expired_link_says_what_to_do(path: str, client: Client) -> None:
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = client.get(path)
    assert response.status_code == 410
    assert "manage.py sign_in_link" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "password1234"}, "too common"),
        ({"email": "ada"}, "is not an e-mail address"),
        ({"team": " "}, "required"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_the_link_still_works(
    path: str, client: Client, change: dict[str, str], sentence: str
) -> None:
    response = client.post(path, FORM | change)
    assert sentence in response.content.decode()
    assert not Team.objects.exists()
    assert client.post(path, FORM).status_code == 302


def printed(*words: str, **options: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue().strip()


def test_the_command_prints_a_welcome_link_on_an_empty_server(db: None, client: Client) -> None:
    url = printed("sign_in_link", site="http://trainyard.example:8000")
    assert url.startswith("http://trainyard.example:8000/welcome/")
    assert client.get(url.removeprefix("http://trainyard.example:8000")).status_code == 200


def test_the_command_prints_a_link_for_the_first_admin(member: User, admin: User, client: Client) -> None:
    url = printed("sign_in_link", site="http://x")
    assert url.startswith("http://x/sign-in/")
    client.post(url.removeprefix("http://x"))
    assert admin.email in client.get("/account/").content.decode()


def test_the_command_prints_a_link_for_the_operator_before_all_admins(
    admin: User, operator: User, client: Client
) -> None:
    client.post(printed("sign_in_link", site="http://x").removeprefix("http://x"))
    assert operator.email in client.get("/account/").content.decode()


def test_the_command_prints_a_link_for_a_person(member: User, admin: User, client: Client) -> None:
    client.post(printed("sign_in_link", member.email, site="http://x").removeprefix("http://x"))
    assert member.email in client.get("/account/").content.decode()


def test_the_command_names_the_accounts_when_the_address_is_unknown(member: User) -> None:
    with pytest.raises(CommandError, match=r"no account 'x@y\.z'\. Accounts: member@example\.org"):
        call_command("sign_in_link", "x@y.z")
