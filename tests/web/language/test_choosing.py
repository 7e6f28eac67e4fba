"""Which language somebody gets: their own choice, else that of this browser, else what the browser asks for."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.test import Client

CHINESE, ENGLISH = "zh-hans", "en-gb"
ASKED = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.8"}


def heading(client: Client, path: str = "/account/", **headers: str) -> str:
    page = client.get(path, **headers)
    return page.headers["Content-Language"]


def choose(client: Client, language: str, **headers: str) -> None:
    answer = client.post("/language/", {"language": language, "next": "/account/"}, **headers)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "given"), [("zh-CN", CHINESE), ("zh-Hans", CHINESE), ("zh", CHINESE), ("de", ENGLISH), ("en-US", ENGLISH)]
)
def test_before_sign_in_the_browser_decides(asked: str, given: str) -> None:
    page = Client().get("/sign-in/", HTTP_ACCEPT_LANGUAGE=asked)
    assert (page.headers["Content-Language"], f'<html lang="{given}"' in page.text) == (given, True)
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.django_db
def test_it_can_be_chosen_before_sign_in() -> None:
    client = Client()
    choose(client, CHINESE)
    assert "登录" in client.get("/sign-in/").text


def test_a_person_has_their_choice_in_every_browser_and_after_signing_out(member, client_of) -> None:
    choose(client_of(member), CHINESE)
    another = client_of(member)
    assert heading(another) == CHINESE
    another.post("/sign-out/")
    assert heading(another, "/sign-in/") == CHINESE


def test_what_a_person_chose_comes_before_what_the_browser_asks_for(member, client_of) -> None:
    client = client_of(member)
    assert heading(client, **ASKED) == CHINESE
    choose(client, ENGLISH, **ASKED)
    assert heading(client, **ASKED) == ENGLISH


def test_an_unknown_language_changes_nothing(member, client_of) -> None:
    client = client_of(member)
    choose(client, "tlh")
    member.refresh_from_db()
    assert (member.language, heading(client)) == ("", ENGLISH)


def test_a_program_asks_by_accept_language(member, client_of) -> None:
    member.language = ENGLISH
    member.save()
    problem = client_of(member).get("/api/v1/runs/nothing", **ASKED)
    assert problem.headers["Content-Language"] == CHINESE


@pytest.mark.django_db
def test_scripts_get_their_texts_and_keep_them() -> None:
    page = Client().get(f"/language/zh-hans/{settings.TEXTS_VERSION}/texts.js")
    assert "immutable" in page.headers["Cache-Control"]
    assert json.dumps("{count} 分钟前".format(count="%(count)s"))[1:-1] in page.text
    assert page.headers["Content-Language"] == CHINESE
    assert "no-store" in Client().get("/language/zh-hans/older/texts.js").headers["Cache-Control"]
    assert Client().get("/language/tlh/1/texts.js").status_code == 404
