"""The account page: name, password, API tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests import factories
from webapp.pages.teams.signing_in import BY_LINK, BY_LINK_SECONDS
from webapp.teams import links, throttle
from webapp.teams.models import ApiToken, Role, User
from webapp.teams.tokens import holder_of

PASSWORD = "sleeper ballast points"
NEW_PASSWORD = "gravel semaphore dusk"
ClientOf = Callable[[User], Client]


@pytest.fixture
def person(member: User) -> User:
    member.set_password(PASSWORD)
    member.save()
    return member


def change_password(client: Client, **changes: str) -> object:
    return client.post("/account/password/", {"old_password": PASSWORD, "new_password": NEW_PASSWORD} | changes)


def test_a_new_name_is_shown_everywhere(person: User, client_of: ClientOf) -> None:
    client_of(person).post("/account/name/", {"name": "Grace"})
    assert "Grace" in client_of(person).get("/team/").content.decode()


def test_an_empty_name_is_refused_at_its_field(person: User, client_of: ClientOf) -> None:
    response = client_of(person).post("/account/name/", {"name": ""})
    assert response.status_code == 422
    assert "field-error" in response.content.decode()


def test_a_changed_password_signs_out_everywhere_else(person: User, client_of: ClientOf) -> None:
    here, elsewhere = client_of(person), client_of(person)
    change_password(here)
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_a_wrong_old_password_changes_nothing(person: User, client_of: ClientOf) -> None:
    response = change_password(client_of(person), old_password="not this one")
    assert "This is not your current password." in response.content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_weak_new_password_is_refused_at_its_field(person: User, client_of: ClientOf) -> None:
    response = change_password(client_of(person), new_password="member")
    assert response.status_code == 422
    assert "too short" in response.content.decode()


def test_who_came_by_a_link_needs_no_old_password_but_only_once(person: User, client: Client) -> None:
    client.post(links.new_sign_in_link(person))
    assert "Current password" not in client.get("/account/").content.decode()
    assert client.post("/account/password/", {"new_password": NEW_PASSWORD}).status_code == 302
    assert client.post("/account/password/", {"new_password": PASSWORD}).status_code == 422


def test_a_link_stands_in_for_the_old_password_only_for_a_while(person: User, client: Client) -> None:
    client.post(links.new_sign_in_link(person))
    session = client.session
    session[BY_LINK] -= BY_LINK_SECONDS
    session.save()
    assert "Current password" in client.get("/account/").content.decode()
    assert client.post("/account/password/", {"new_password": NEW_PASSWORD}).status_code == 422


def test_guesses_of_the_old_password_are_limited(person: User, client_of: ClientOf) -> None:
    client = client_of(person)
    for _ in range(throttle.PER_ORIGIN):
        change_password(client, old_password="not this one")
    assert "Too many wrong passwords. Try again in 15 minutes" in change_password(client).content.decode()
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.parametrize(("revoke", "works"), [({"revoke_tokens": "on"}, False), ({}, True)])
def test_a_changed_password_revokes_tokens_when_that_is_ticked(
    person: User, client_of: ClientOf, revoke: dict[str, str], works: bool
) -> None:
    client = client_of(person)
    secret = new_token(client)
    page = client.get("/account/").content.decode()
    assert re.search(r'name="revoke_tokens"[^>]* checked', page)
    change_password(client, **revoke)
    assert (holder_of(secret) is not None) == works


def test_a_page_continues_with_the_session_that_follows_a_changed_password(person: User, client_of: ClientOf) -> None:
    """Its socket belongs to the old session and is closed; the page asks over HTTP, and connects again."""
    run = factories.make_run(factories.make_experiment(person.memberships.get().team, person), person)
    client = client_of(person)
    change_password(client)
    assert client.get(f"/runs/{run.pk}/events/?after=0").status_code == 200


def new_token(client: Client) -> str:
    page = client.post("/account/tokens/new/", {"token_name": "sweep"}, follow=True).content.decode()
    found = re.search(r'id="token-secret" readonly value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_token_is_shown_once_and_works(person: User, client_of: ClientOf) -> None:
    client = client_of(person)
    secret = new_token(client)
    assert secret not in client.get("/account/").content.decode()
    holder = holder_of(secret)
    assert holder is not None
    assert holder.user == person


def test_only_the_hash_of_a_token_is_kept(person: User, client_of: ClientOf) -> None:
    secret = new_token(client_of(person))
    assert ApiToken.objects.get().digest == ApiToken.digest_of(secret) != secret


def test_a_token_shows_when_it_was_last_used(person: User, client_of: ClientOf) -> None:
    client = client_of(person)
    secret = new_token(client)
    assert "never" in client.get("/account/").content.decode()
    holder_of(secret)
    assert "never" not in client.get("/account/").content.decode()


def test_a_revoked_token_no_longer_works(person: User, client_of: ClientOf) -> None:
    client = client_of(person)
    secret = new_token(client)
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert holder_of(secret) is None


def test_nobody_revokes_the_token_of_another_on_the_account_page(
    person: User, admin: User, client_of: ClientOf
) -> None:
    new_token(client_of(person))
    assert client_of(admin).post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404


def test_the_token_of_somebody_switched_off_does_not_work(person: User, client_of: ClientOf) -> None:
    secret = new_token(client_of(person))
    User.objects.update(is_active=False)
    assert holder_of(secret) is None


def create_token(*words: str) -> str:
    out = StringIO()
    call_command("create_token", *words, stdout=out)
    return out.getvalue().strip()


def test_the_command_makes_a_token_for_the_current_team(person: User) -> None:
    holder = holder_of(create_token(person.email))
    assert holder is not None
    assert holder.team.name == "Signals"


def test_the_command_makes_a_token_for_a_named_team(person: User) -> None:
    second = factories.make_team("Second")
    second.memberships.create(user=person, role=Role.VIEWER)
    holder = holder_of(create_token(person.email, "--team", "Second"))
    assert holder is not None
    assert holder.team == second


def test_the_command_names_the_teams_there_are(person: User) -> None:
    with pytest.raises(CommandError, match=r"in no team called 'Third'\. Teams: Signals"):
        create_token(person.email, "--team", "Third")


@pytest.mark.parametrize(("name", "sentence"), [("x" * 101, "at most 100 characters"), ("a\u202eb", r"U\+202E")])
def test_the_command_takes_the_names_that_the_page_takes(person: User, name: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=f"--name: .*{sentence}"):
        create_token(person.email, "--name", name)
