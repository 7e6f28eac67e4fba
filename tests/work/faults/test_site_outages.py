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


def test_people_and_programs_are_told_that_the_database_is_away(browser: Client) -> None:
    form = {"name": "Widths", "dataset": "digits", "metric": "val_accuracy", "mode": "max"}
    with database_away():
        sent, page, told = (
            browser.post(reverse("experiment-new"), form),
            browser.get("/runs/"),
            browser.get("/api/v1/runs"),
        )
    assert (sent.status_code, sent["Retry-After"]) == (503, "10")
    assert "What you sent was not carried out" in sent.content.decode()
    if connection.vendor != "sqlite":  # of which readers need no lock
        assert "This page tries again every 10 seconds" in page.content.decode()
        assert (told.status_code, "does not answer" in told.json()["detail"]) == (503, True)
    assert not Experiment.objects.filter(name="Widths").exists()
    assert browser.post(reverse("experiment-new"), form).status_code == 302
