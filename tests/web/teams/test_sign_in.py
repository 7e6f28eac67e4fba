"""Signing in: passwords, how guessing is slowed, one-time links, signing out, themes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone

from webapp.teams import links, throttle
from webapp.teams.models import SignInFailure, SignInLink, User

PASSWORD = "sleeper ballast points"


@pytest.fixture
def person(member: User) -> User:
    member.set_password(PASSWORD)
    member.save()
    return member


def sign_in(client: Client, email: str = "member@example.org", password: str = PASSWORD, **data: str) -> object:
    return client.post("/sign-in/", {"email": email, "password": password, **data})


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_the_right_password_signs_in(person: User, client: Client) -> None:
    response = sign_in(client)
    assert response.status_code == 302
    assert is_signed_in(client)


def test_the_case_of_an_address_does_not_matter(person: User, client: Client) -> None:
    sign_in(client, email="Member@Example.ORG")
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(person: User, client: Client) -> None:
    wrong = sign_in(client, password="nonsense nonsense")
    unknown = sign_in(client, email="nobody@example.org")
    sentence = "There is no account with this e-mail address and password."
    assert wrong.status_code == unknown.status_code == 422
    assert sentence in wrong.content.decode()
    assert sentence in unknown.content.decode()


def test_somebody_switched_off_cannot_sign_in(person: User, client: Client) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    sign_in(client)
    assert not is_signed_in(client)


def test_five_wrong_passwords_make_the_right_one_wait(person: User, client: Client) -> None:
    for _ in range(throttle.PER_ORIGIN):
        sign_in(client, password="a wrong guess")
    response = sign_in(client)
    assert "Too many wrong passwords. Try again in 15 minutes" in response.content.decode()
    assert not is_signed_in(client)


def test_waiting_ends_when_the_oldest_failure_is_fifteen_minutes_old(person: User, client: Client) -> None:
    for _ in range(throttle.PER_ORIGIN):
        sign_in(client, password="a wrong guess")
    SignInFailure.objects.update(at=timezone.now() - timedelta(minutes=16))
    sign_in(client)
    assert is_signed_in(client)


def test_guesses_from_elsewhere_do_not_lock_the_owner_out(person: User, client: Client) -> None:
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    for _ in range(throttle.PER_ORIGIN + 1):
        sign_in(elsewhere, password="a wrong guess")
    sign_in(client)
    assert is_signed_in(client)


def test_guesses_over_many_accounts_from_one_address_are_slowed(person: User, client: Client) -> None:
    failures = [SignInFailure(email=f"{i}@example.org", address="127.0.0.1") for i in range(throttle.PER_ADDRESS)]
    SignInFailure.objects.bulk_create(failures)
    assert "Too many wrong passwords" in sign_in(client).content.decode()


def test_guesses_of_one_account_from_many_addresses_are_slowed(person: User, client: Client) -> None:
    failures = [SignInFailure(email=person.email, address=f"203.0.113.{i}") for i in range(throttle.PER_ACCOUNT)]
    SignInFailure.objects.bulk_create(failures)
    assert "Too many wrong passwords" in sign_in(client).content.decode()


def test_strangers_at_the_same_address_do_not_lock_out_a_browser_that_has_signed_in_before(
    person: User, client: Client
) -> None:
    """Behind a proxy that shows one address, everybody is a stranger at the same address."""
    sign_in(client)
    client.post("/sign-out/")
    strangers = [SignInFailure(email=person.email, address="127.0.0.1") for _ in range(throttle.PER_ADDRESS)]
    SignInFailure.objects.bulk_create(strangers)
    assert "Too many wrong passwords" in sign_in(Client()).content.decode()
    sign_in(client)
    assert is_signed_in(client)


def test_the_cookie_of_a_known_browser_neither_lifts_its_own_limit_nor_helps_with_another_account(
    person: User, admin: User, client: Client
) -> None:
    sign_in(client)
    client.post("/sign-out/")
    for _ in range(throttle.PER_ORIGIN):
        sign_in(client, password="a wrong guess")
    assert "Too many wrong passwords" in sign_in(client).content.decode()
    sign_in(client, email=admin.email, password="a wrong guess")
    assert SignInFailure.objects.get(email=admin.email).address == "127.0.0.1"


def test_a_forged_cookie_is_a_stranger(person: User, client: Client) -> None:
    client.cookies[throttle.COOKIE] = "eyJlbWFpbCI6Im1lbWJlckBleGFtcGxlLm9yZyJ9:1abc:forged"
    sign_in(client, password="a wrong guess")
    assert SignInFailure.objects.get().address == "127.0.0.1"


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_the_same_moment_five_are_looked_at(
    person: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Slow enough for all to be looked at before the first is answered.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 150_000)
    num_guesses = 20
    together = threading.Barrier(num_guesses)

    def guess(number: int) -> str:
        together.wait()
        try:
            return sign_in(Client(), password=f"a wrong guess {number}").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(num_guesses) as pool:
        answers = list(pool.map(guess, range(num_guesses)))
    looked_at = sum("There is no account with this" in answer for answer in answers)
    refused = sum("Too many wrong passwords" in answer for answer in answers)
    assert looked_at <= throttle.PER_ORIGIN
    assert looked_at + refused == num_guesses
    assert SignInFailure.objects.count() == looked_at


def test_old_failures_are_forgotten(person: User, client: Client) -> None:
    SignInFailure.objects.create(email="old@example.org", address="1.2.3.4")
    SignInFailure.objects.update(at=timezone.now() - timedelta(hours=1))
    sign_in(client, password="a wrong guess")
    assert SignInFailure.objects.get().email == "member@example.org"


def test_sign_in_leads_back_to_the_page_that_asked_for_it(person: User, client: Client) -> None:
    asked = client.get("/account/")
    assert asked.headers["Location"] == "/sign-in/?next=/account/"
    assert sign_in(client, next="/account/").headers["Location"] == "/account/"


NO_PATHS = ["https://evil.example/", "//evil.example/", "///evil.example/", "/\\evil.example/", "javascript:alert(1)"]
NO_PATHS += ["http://testserver/account/", "0", "team", "account/", "[", "/" + "x" * 3000]


@pytest.mark.parametrize("elsewhere", NO_PATHS)
def test_only_a_path_of_this_site_is_followed(person: User, client: Client, elsewhere: str) -> None:
    assert sign_in(client, next=elsewhere).headers["Location"] == "/"
    assert client.get("/sign-in/", {"next": elsewhere}).headers["Location"] == "/"
    assert client.post("/theme/", {"theme": "dark", "next": elsewhere}).headers["Location"] == "/"


def test_looking_at_a_sign_in_link_does_not_use_it(person: User, client: Client) -> None:
    path = links.new_sign_in_link(person)
    assert "Sign in as Member" in client.get(path).content.decode()
    assert "Sign in as Member" in client.get(path).content.decode()
    assert not is_signed_in(client)


def test_a_sign_in_link_signs_in_once(person: User, client: Client) -> None:
    path = links.new_sign_in_link(person)
    assert client.post(path).status_code == 302
    assert is_signed_in(client)
    second = Client().post(path)
    assert second.status_code == 410
    assert "This link no longer works" in second.content.decode()


def test_an_expired_sign_in_link_says_what_to_do(person: User, client: Client) -> None:
    path = links.new_sign_in_link(person)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = client.post(path)
    assert response.status_code == 410
    assert "manage.py sign_in_link" in response.content.decode()


def test_a_newer_sign_in_link_replaces_the_older_one(person: User, client: Client) -> None:
    older, _ = links.new_sign_in_link(person), links.new_sign_in_link(person)
    assert client.post(older).status_code == 410


def test_two_who_use_a_link_at_once_cannot_both_win(person: User) -> None:
    path = links.new_sign_in_link(person)
    link = links.usable_sign_in_link(path.split("/")[-2])
    assert link is not None
    links.use(link)
    with pytest.raises(links.LinkSpent):
        links.use(link)


def test_sign_out_is_a_post_and_ends_the_session(person: User, client: Client) -> None:
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert not is_signed_in(client)


def test_a_server_without_accounts_says_how_to_make_the_first(db: None, client: Client) -> None:
    assert "There is no account here yet" in client.get("/sign-in/").content.decode()


def test_the_theme_is_remembered_and_painted_by_the_server(db: None, client: Client) -> None:
    client.post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/sign-in/").content.decode()


def test_an_unknown_theme_changes_nothing(db: None, client: Client) -> None:
    client.post("/theme/", {"theme": '"><script>'})
    assert 'data-theme="system"' in client.get("/sign-in/").content.decode()
