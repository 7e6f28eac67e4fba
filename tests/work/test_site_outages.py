"""The database is away from the site itself: people are told so, and to wait, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.work.outages import database_away
from webapp.experiments.models import Experiment
from webapp.teams.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(client_of: Callable[[User], Client], member: User) -> Client:
    client = client_of(member)
    client.raise_request_exception = False
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 100")
    return client


def test_a_form_that_is_sent_while_the_database_is_away_changes_nothing(browser: Client) -> None:
    form = {"name": "Widths", "dataset": "digits", "metric": "val_accuracy", "mode": "max"}
    with database_away():
        answer = browser.post(reverse("experiment-new"), form)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "What you sent was not carried out" in answer.content.decode()
    assert not Experiment.objects.filter(name="Widths").exists()
    assert browser.post(reverse("experiment-new"), form).status_code == 302


@pytest.mark.skipif(connection.vendor == "sqlite", reason="readers of SQLite need no lock")
def test_pages_and_the_api_say_that_the_database_is_away(browser: Client) -> None:
    with database_away():
        page, told = browser.get(reverse("runs")), browser.get("/api/v1/runs")
    assert (page.status_code, told.status_code) == (503, 503)
    assert "This page tries again every 10 seconds" in page.content.decode()
    assert "does not answer" in told.json()["detail"]
    assert browser.get(reverse("runs")).status_code == 200
