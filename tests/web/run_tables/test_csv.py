"""Runs as CSV: what stands in it, what a spreadsheet makes of it, and that it is sent while it is made."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_experiment, make_run
from trainer.validation.parsing import parse_spec
from webapp.asgi import application
from webapp.experiments.models import Experiment
from webapp.run_tables.export import safe
from webapp.runs.models import Run
from webapp.teams.models import Team, User


@pytest.fixture
def browser(client_of: Callable[[User], Client], member: User) -> Client:
    return client_of(member)


@pytest.fixture
def digits(team: Team, member: User) -> Experiment:
    return make_experiment(team, member, name="Digits")


def text_of(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def rows_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(response), newline="")))


def test_it_has_one_row_a_run_with_every_field_of_the_spec(browser: Client, digits: Experiment, member: User) -> None:
    summary = {"val_accuracy": {"last": 0.9, "best": 0.9, "best_epoch": 3}}
    make_run(digits, member, "finished", name="First", summary=summary, tags=["a", "b"])
    [row] = rows_of(browser.get(reverse("experiment-export", args=[digits.id])))
    assert (row["run"], row["best"], row["tags"], row["state"]) == ("First", "0.9", "a, b", "finished")
    assert row["Network › Layers › 2 › Units"] == "128"
    assert row["Training › Epochs"] == "30"


def test_it_follows_the_filters(browser: Client, digits: Experiment, member: User) -> None:
    make_run(digits, member, name="Waiting")
    make_run(digits, member, "finished", name="Done")
    assert [row["run"] for row in rows_of(browser.get("/runs/export/?state=queued"))] == ["Waiting"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"), ("a;=1+1", "a;'=1+1"),
     ("a\t=1", "a\t'=1"), ("a\r=1", "a\r'=1"), ("a\r\n@x", "a\r\n'@x"), ("lr=1; a-b", "lr=1; a-b"), (-1.5, -1.5)],
)  # fmt: skip
def test_cells_are_no_formulas(text: str | float, cell: str | float) -> None:
    assert safe(text) == cell


@pytest.mark.parametrize("quotes", [csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
def test_a_spreadsheet_that_splits_at_semicolons_finds_no_formula(
    browser: Client, digits: Experiment, member: User, quotes: int
) -> None:
    make_run(digits, member, name="a;=1+1", tags=["b;+1", "c\t@x", 'd";-1'])
    text = text_of(browser.get("/runs/export/"))
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";", quoting=quotes) for cell in row]
    assert len(cells) > 4
    assert not [cell for cell in cells if re.match(r'"?[=+\-@]', cell)]


@pytest.mark.parametrize(
    ("name", "ascii_name", "full_name"),
    [
        ("Digits", "digits", "Digits"),
        ("Größe: 1/2", "groe-12", "Gr%C3%B6%C3%9Fe-%201-2"),
        ("学習", "runs", "%E5%AD%A6%E7%BF%92"),
    ],
)
def test_the_file_is_named_after_its_experiment_and_the_day(
    browser: Client, digits: Experiment, name: str, ascii_name: str, full_name: str
) -> None:
    Experiment.objects.update(name=name)
    day = timezone.localdate().isoformat()
    given = browser.get(reverse("experiment-export", args=[digits.id]))["Content-Disposition"]
    assert given == f"attachment; filename=\"{ascii_name}-{day}.csv\"; filename*=UTF-8''{full_name}%20{day}.csv"


def many_runs(experiment: Experiment, user: User, count: int) -> None:
    spec = parse_spec({}).to_json()
    rows = (
        Run(experiment=experiment, dataset=experiment.dataset, created_by=user, number=n, name=f"Run {n}", spec=spec)
        for n in range(count)
    )
    Run.objects.bulk_create(rows, batch_size=500)


async def parts_of(client: Client, path: str, after_the_first: Callable[[], Any]) -> list[bytes]:
    """What an ASGI server is given to send; after the first part of the body it waits for ``after_the_first``."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    parts: list[bytes] = []
    asked = iter([{"type": "http.request"}])

    async def receive() -> dict[str, Any]:
        return next(asked, None) or await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            parts.append(message["body"])
            if len(parts) == 1:
                await database_sync_to_async(after_the_first)()

    await application(scope, receive, send)
    return parts


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_rows_are_read_while_others_are_being_sent(
    browser: Client, digits: Experiment, member: User
) -> None:
    await database_sync_to_async(many_runs)(digits, member, 600)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Django warns when it collects the whole body first
        parts = await parts_of(browser, "/runs/export/", lambda: Run.objects.all().delete())
    rows = list(csv.reader(io.StringIO(b"".join(parts).decode())))
    assert len(parts) > 1
    # Of 600 runs only those of the first queries were read before all were deleted.
    assert 1 < len(rows) < 600
