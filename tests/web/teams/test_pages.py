"""What all pages share: the frame, the headers, help, errors, and how times and numbers are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests import factories
from webapp.spec_ui.reference import sections
from webapp.spec_ui.schema import fields_of
from webapp.teams.models import Team, User
from webapp.ui.filters import ago, ago_in_words, duration, filesize_short, number, setting

ClientOf = Callable[[User], Client]


def test_every_response_says_what_a_page_may_load(db: None, client: Client) -> None:
    policy = client.get("/sign-in/", HTTP_HOST="localhost:8000").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self' ws://localhost:8000 wss://localhost:8000" in policy


def test_a_forged_host_never_reaches_the_policy(db: None, client: Client) -> None:
    response = client.get("/sign-in/", HTTP_HOST="x; script-src *")
    assert "*" not in response.headers.get("Content-Security-Policy", "")


def test_pages_of_a_signed_in_person_stay_out_of_shared_caches(member: User, client_of: ClientOf) -> None:
    assert "private" in client_of(member).get("/help/").headers["Cache-Control"]
    assert "no-store" in client_of(member).get("/account/").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/sign-in/", "/account/", "/team/", "/help/", "/help/fields/"])
def test_no_page_carries_a_script_of_its_own(admin: User, client_of: ClientOf, path: str) -> None:
    page = client_of(admin).get(path, follow=True).content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)", page)
    assert not re.findall(r"\son\w+=", page)


@pytest.mark.parametrize("path", ["/account/", "/team/", "/help/"])
def test_every_file_that_a_page_asks_for_is_there(admin: User, client_of: ClientOf, path: str) -> None:
    page = client_of(admin).get(path).content.decode()
    files = re.findall(rf'(?:src|href)="{settings.STATIC_URL}([^"]+)"', page)
    assert files
    assert [name for name in files if finders.find(name) is None] == []


def test_the_navigation_counts_active_runs_of_the_team(
    member: User, team: Team, outsider: User, client_of: ClientOf
) -> None:
    experiment = factories.make_experiment(team, member)
    factories.make_run(experiment, member, "queued")
    factories.make_run(experiment, member, "running")
    factories.make_run(experiment, member, "finished")
    hidden = f'data-runs-count="{reverse("runs-active")}" hidden><span>0</span>'
    assert f'data-runs-count="{reverse("runs-active")}"><span>2</span>' in page_of(client_of(member))
    assert hidden in page_of(client_of(outsider))
    counts = [client_of(user).get(reverse("runs-active")).json()["count"] for user in (member, outsider)]
    assert counts == [2, 0]


def page_of(client: Client) -> str:
    return client.get("/help/").content.decode()


def test_an_unknown_address_says_so_to_everybody(db: None, client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_a_refusal_names_the_role_that_is_needed(viewer: User, client_of: ClientOf) -> None:
    response = client_of(viewer).post("/team/rename/", {"team_name": "Mine"})
    assert response.status_code == 403
    assert "Admins of Signals can do this; you are a viewer." in response.content.decode()


def test_a_stale_form_is_told_to_reload(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    response = client.post("/account/name/", {"name": "Eve"})
    assert response.status_code == 403
    assert "reload the page" in response.content.decode()


def test_the_field_reference_has_every_field_that_people_can_fill_in() -> None:
    from trainer.spec import DenseLayer, Split

    labels = {str(entry.label) for group in sections() for entry in group.entries}
    wanted = {str(field.label) for model in (DenseLayer, Split) for field in fields_of(model) if not field.hidden}
    assert wanted <= labels


def test_the_field_reference_says_what_a_field_accepts() -> None:
    entry = next(e for group in sections() for e in group.entries if e.path == "checkpoints.every_minutes")
    said = (str(entry.accepts), str(entry.default), str(entry.unit))
    assert said == ("number, more than 0 and at most 1,440", "10.0", "minutes")


def test_the_field_reference_can_be_searched(member: User, client_of: ClientOf) -> None:
    client = client_of(member)
    assert "Srivastava" in client.get("/help/fields/?q=dropout").content.decode()
    assert "No field mentions" in client.get("/help/fields/?q=zeppelin").content.decode()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "just now"),
        (61, "1 minute ago"),
        (7300, "2 hours ago"),
        (86400 * 40, "1 month ago"),
        (-200000, "in 2 days"),
        (-86400 * 7 + 9, "in 7 days"),
    ],
)
def test_times_are_relative(seconds: int, words: str) -> None:
    now = timezone.now()
    assert str(ago_in_words(now - timedelta(seconds=seconds), now)) == words


def test_the_exact_time_is_on_hover() -> None:
    html = ago(datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    assert 'title="2026-03-04 05:06:07 UTC"' in html
    assert 'datetime="2026-03-04T05:06:07+00:00"' in html


def test_no_time_is_a_dash() -> None:
    assert ago(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (48, "48 s"), (185, "3 min 05 s"), (8040, "2 h 14 min"), (274000, "3 d 4 h"), (None, "–")],
)
def test_durations_are_short(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("size", "words"), [(812, "812 B"), (1400, "1.4 kB"), (999_999, "1.0 MB"), (123_456_789, "123 MB"), (None, "–")]
)
def test_sizes_are_short(size: int | None, words: str) -> None:
    assert filesize_short(size) == words


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.97123456, "0.9712"), (12.3456, "12.35"), (1234567, "1,234,567"), (0.00001234567, "1.235e−5"), (0.5, "0.5000")],
)
def test_numbers_are_rounded_and_exact_on_hover(value: float, shown: str) -> None:
    html = number(value)
    assert f">{shown}<" in html
    assert f'title="{value!r}"' in html


@pytest.mark.parametrize("value", ["NaN", float("nan"), "Infinity"])
def test_numbers_that_are_none_stand_out(value: object) -> None:
    assert 'class="warn"' in number(value)


@pytest.mark.parametrize(("value", "shown"), [(0.05, "0.05"), (1e-5, "1e−5"), (1000.0, "1,000"), (None, "–"), (2, "2")])
def test_what_somebody_chose_has_no_zeros_at_its_end(value: object, shown: str) -> None:
    assert re.sub("<[^>]*>", "", setting(value)) == shown


def test_text_in_a_number_is_escaped() -> None:
    assert "<script>" not in number("<script>")
