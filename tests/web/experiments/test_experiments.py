"""Experiments: the list, making, changing, archiving, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.experiments.examples import create_example
from webapp.experiments.models import Experiment
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture
def digits(team: Team, member: User) -> Experiment:
    return make_experiment(team, member, name="Digits", question="Which width?")


@pytest.fixture
def browser(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


def url(name: str, experiment: Experiment) -> str:
    return reverse(name, args=[experiment.id])


def text(client: Client, address: str = "/experiments/", **query: Any) -> str:
    return client.get(address, query).content.decode()


def test_the_list_shows_runs_by_state_and_the_best_value(browser: Client, digits: Experiment, member: User) -> None:
    make_run(digits, member, "finished", best_value=0.9)
    make_run(digits, member, "finished", best_value=0.95)
    make_run(digits, member)
    page = text(browser)
    for shown in ("Digits", "Which width?", "Handwritten digits", "2 finished", "1 queued", "0.9500"):
        assert shown in page


def test_the_best_of_a_loss_is_the_lowest(browser: Client, team: Team, member: User) -> None:
    diabetes = make_experiment(team, member, dataset="diabetes")
    Experiment.objects.filter(pk=diabetes.pk).update(metric="val_loss", metric_mode="min")
    for value in (3000.0, 2500.0):
        make_run(diabetes, member, "finished", best_value=value)
    assert "2,500" in text(browser)
    assert "3,000" not in text(browser)


@pytest.mark.parametrize(
    ("query", "shown"),
    [({"q": "width"}, True), ({"q": "other"}, False), ({"dataset": "iris"}, False), ({"archived": "1"}, False)],
)
def test_filters_narrow_the_list(browser: Client, digits: Experiment, query: dict[str, str], shown: bool) -> None:
    assert (url("experiment", digits) in text(browser, **query)) == shown


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Alpha"), ("-name", "Digits"), ("-runs", "Digits"), ("x", "Alpha")]
)
def test_columns_sort(browser: Client, digits: Experiment, member: User, sort: str, first: str) -> None:
    make_run(digits, member)
    make_experiment(digits.team, member, name="Alpha")
    page = text(browser, sort=sort)
    assert min(("Alpha", "Digits"), key=lambda name: page.index(f">{name}</a>")) == first


def test_an_empty_list_offers_the_example(browser: Client, client_of: ClientOf, viewer: User) -> None:
    assert "Launch the example" in text(browser)
    assert "Launch the example" not in text(client_of(viewer))


def test_making_one_takes_the_metric_that_suits_the_data(browser: Client, team: Team, member: User) -> None:
    response = browser.post("/experiments/new/", {"name": "Sugar", "dataset": "diabetes"})
    made = team.experiments.get()
    assert response["Location"] == url("experiment", made)
    assert (made.metric, made.metric_mode, made.created_by) == ("val_loss", "min", member)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "dataset": "iris"}, "required"),
        ({"name": "Digits", "dataset": "iris"}, "already"),
        ({"name": "New", "dataset": "imagenet"}, "imagenet"),
        ({"name": "New", "dataset": "iris", "metric": "val_r2_score"}, "is not measured on Iris"),
        ({"name": "New", "dataset": "iris", "metric": "val_top_5_accuracy"}, "is not measured on Iris"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(
    browser: Client, digits: Experiment, fields: dict[str, str], said: str
) -> None:
    response = browser.post("/experiments/new/", fields)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert Experiment.objects.count() == 1


def test_a_name_is_taken_only_within_the_team(
    client_of: ClientOf, digits: Experiment, outsider: User, other_team: Team
) -> None:
    client_of(outsider).post("/experiments/new/", {"name": "Digits", "dataset": "iris"})
    assert other_team.experiments.get().name == "Digits"


def test_another_metric_judges_runs_and_checkpoints_again(browser: Client, digits: Experiment, member: User) -> None:
    summary = {"val_accuracy": {"best": 0.9}, "val_loss": {"best": 0.3}}
    run = make_run(digits, member, "finished", best_value=0.9, summary=summary)
    checkpoint = make_checkpoint(run, epoch=4)
    browser.post(url("experiment-edit", digits), {"name": "Digits", "metric": "val_loss"})
    for row in (digits, run, checkpoint):
        row.refresh_from_db()
    assert (digits.metric, digits.metric_mode, run.best_value) == ("val_loss", "min", 0.3)
    assert checkpoint.value == pytest.approx(0.3)


def test_an_edit_cannot_change_the_data(browser: Client, digits: Experiment) -> None:
    browser.post(url("experiment-edit", digits), {"name": "Renamed", "metric": "val_accuracy", "dataset": "iris"})
    digits.refresh_from_db()
    assert (digits.name, digits.dataset.name) == ("Renamed", "digits")


def test_archiving_takes_it_out_of_the_list_and_back(browser: Client, digits: Experiment) -> None:
    browser.post(url("experiment-archive", digits))
    assert url("experiment", digits) not in text(browser)
    assert url("experiment", digits) in text(browser, archived="1")
    assert "Archived" in text(browser, url("experiment", digits))
    browser.post(url("experiment-unarchive", digits))
    assert url("experiment", digits) in text(browser)


ACTIONS = pytest.mark.parametrize("action", ["experiment-archive", "experiment-unarchive", "experiment-edit"])


@ACTIONS
def test_members_do_not_change_what_others_made(
    browser: Client, client_of: ClientOf, admin: User, digits: Experiment, action: str
) -> None:
    theirs = make_experiment(digits.team, admin, name="Theirs")
    assert browser.post(url(action, theirs)).status_code == 403
    assert client_of(admin).post(url(action, digits)).status_code in {302, 422}


@ACTIONS
def test_viewers_and_outsiders_change_nothing(
    client_of: ClientOf, viewer: User, outsider: User, digits: Experiment, action: str
) -> None:
    assert client_of(viewer).post(url(action, digits)).status_code == 403
    assert client_of(outsider).post(url(action, digits)).status_code == 404


@pytest.mark.parametrize("name", ["experiment", "experiment-export", "experiment-edit"])
def test_outsiders_find_nothing(client_of: ClientOf, digits: Experiment, outsider: User, name: str) -> None:
    assert client_of(outsider).get(url(name, digits)).status_code == 404


def test_viewers_see_no_buttons_that_they_may_not_press(client_of: ClientOf, digits: Experiment, viewer: User) -> None:
    page = text(client_of(viewer), url("experiment", digits))
    assert "New run" not in page
    assert "Archive" not in page
    assert "Edit" not in page


def test_the_example_is_made_once_and_comes_back_from_the_archive(team: Team, member: User) -> None:
    first = create_example(team, member)
    Experiment.objects.filter(pk=first.pk).update(archived_at=first.created_at)
    again = create_example(team, member)
    assert (again.pk, again.archived_at, again.metric) == (first.pk, None, "val_accuracy")


def test_the_example_leaves_an_experiment_of_its_name_on_other_data_alone(team: Team, member: User) -> None:
    make_experiment(team, member, dataset="iris", name="Handwritten digits")
    assert create_example(team, member).dataset.name == "digits"
