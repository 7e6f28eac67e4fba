"""The launch page: what it shows, what it launches, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_checkpoint, make_experiment, make_run
from tests.web.launches.launch_form import PREVIEW, URL, about, fields_of
from trainer.data.bundled.catalog import facts_of
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


def test_the_page_has_every_section_of_the_spec(browser: Client, digits: Experiment) -> None:
    page = browser.get(URL, {"experiment": str(digits.id)}).text
    for label in ("Split", "Normalisation", "Network", "Output", "Optimiser", "Training", "Checkpoints", "Seed"):
        assert label in page
    assert "parameters" in page.lower()
    assert "Launch" in page


def test_a_launch_makes_a_queued_run_and_goes_to_its_page(browser: Client, digits: Experiment, member: User) -> None:
    fields = about(digits, **{"run-name": "First", "run-tags": "a, b, a", "run-notes": "Why", "fit.epochs": "7"})
    response = browser.post(URL, fields)
    run = Run.objects.get()
    assert response["Location"] == reverse("run", args=[run.id])
    assert (run.name, run.tags, run.notes, run.state) == ("First", ["a", "b"], "Why", "queued")
    assert (run.spec["fit"]["epochs"], run.created_by, run.experiment) == (7, member, digits)


def test_the_form_as_it_is_shown_launches_the_defaults(browser: Client, digits: Experiment) -> None:
    page = browser.get(URL, {"experiment": str(digits.id)}).text
    assert browser.post(URL, fields_of(page)).status_code == 302
    assert parse_spec(Run.objects.get().spec) == default_spec(facts_of("digits"))


def test_a_double_submit_launches_once(browser: Client, digits: Experiment) -> None:
    fields = about(digits)
    first, second = browser.post(URL, fields), browser.post(URL, fields)
    assert Run.objects.count() == 1
    assert first["Location"] == second["Location"]


def test_a_double_submit_with_a_new_experiment_makes_one_of_each(browser: Client) -> None:
    fields = about(**{"run-experiment_name": "Fresh", "dataset.name": "iris"})
    assert browser.post(URL, fields)["Location"] == browser.post(URL, fields)["Location"]
    assert (Run.objects.count(), Experiment.objects.count()) == (1, 1)


def test_an_id_of_another_teams_run_launches_nothing(
    browser: Client, digits: Experiment, other_team: Team, outsider: User
) -> None:
    theirs = make_run(make_experiment(other_team, outsider), outsider)
    response = browser.post(URL, about(digits) | {"run-id": str(theirs.id)})
    assert response.status_code == 422
    assert Run.objects.count() == 1


def test_a_new_experiment_is_judged_by_what_suits_its_data(browser: Client, team: Team) -> None:
    browser.post(URL, about(**{"run-experiment_name": "Sugar", "dataset.name": "diabetes"}))
    made = team.experiments.get()
    assert (made.name, made.dataset.name, made.metric, made.metric_mode) == ("Sugar", "diabetes", "val_loss", "min")


@pytest.mark.parametrize(("name", "said"), [("", "Give the new experiment a name"), ("Digits", "already")])
def test_a_new_experiment_needs_a_name_of_its_own(browser: Client, digits: Experiment, name: str, said: str) -> None:
    response = browser.post(URL, about(**{"run-experiment_name": name}))
    assert response.status_code == 422
    assert said in response.text
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("optimizer.learning_rate", "NaN"),
        ("fit.batch_size", "-1"),
        ("fit.epochs", "1000000000"),
        ("fit.batch_size", "100000"),
        ("seed", "first"),
        ("split.test_fraction", "0.99"),
    ],
)
def test_a_wrong_value_launches_nothing_and_takes_the_focus(
    browser: Client, digits: Experiment, name: str, value: str
) -> None:
    page = fields_of(browser.get(URL, {"experiment": str(digits.id)}).text) | {name: value}
    response = browser.post(URL, page)
    field = re.search(rf'<input [^>]*name="{re.escape(name)}"[^>]*>', response.text)
    assert response.status_code == 422
    assert not Run.objects.exists()
    assert field
    assert "autofocus" in field[0]
    assert f'value="{value}"' in field[0]


def test_the_summary_links_to_every_wrong_field(browser: Client, digits: Experiment) -> None:
    page = browser.post(URL, about(digits) | {"seed": "-1", "fit.epochs": "0"}).text
    assert 'href="#f-seed"' in page
    assert 'href="#f-fit-epochs"' in page
    assert "Training › Epochs" in page
    assert [re.search(f'id="s-{name}"( open)?>', page)[1] for name in ("general", "fit", "output")] == [" open"] * 2 + [
        None
    ]


def test_a_convnet_on_a_table_is_refused(browser: Client, team: Team, member: User) -> None:
    iris = make_experiment(team, member, dataset="iris")
    response = browser.post(URL, about(iris) | {"network.kind": "convnet"})
    assert response.status_code == 422
    assert not Run.objects.exists()


def test_a_field_that_the_form_has_not_is_refused(browser: Client, digits: Experiment) -> None:
    response = browser.post(URL, about(digits) | {"fit.magic": "1"})
    assert response.status_code == 422
    assert "fit.magic" in response.text


@pytest.mark.parametrize(("tags", "said"), [("x" * 41, "41 characters"), (",".join(map(str, range(21))), "21 tags")])
def test_too_many_or_too_long_tags_are_refused(browser: Client, digits: Experiment, tags: str, said: str) -> None:
    response = browser.post(URL, about(digits) | {"run-tags": tags})
    assert response.status_code == 422
    assert said in response.text


def test_a_decimal_comma_launches_what_it_was_understood_as(browser: Client, digits: Experiment) -> None:
    page = fields_of(browser.get(URL, {"experiment": str(digits.id)}).text)
    browser.post(URL, page | {"optimizer.learning_rate": "0,3"})
    assert Run.objects.get().spec["optimizer"]["learning_rate"] == 0.3


def test_a_new_run_begins_in_the_experiment_that_the_person_used_last(
    browser: Client, digits: Experiment, team: Team, member: User
) -> None:
    make_run(digits, member, "finished")
    other = make_experiment(team, member, dataset="diabetes")
    make_run(other, None, "finished")
    assert f'value="{digits.id}" selected' in browser.get(URL).text


def test_a_new_run_of_somebody_who_launched_nothing_begins_in_the_newest_experiment(
    browser: Client, digits: Experiment, team: Team, member: User
) -> None:
    newest = make_experiment(team, member, dataset="iris")
    assert f'value="{newest.id}" selected' in browser.get(URL).text


def test_the_example_is_launched_with_one_click(browser: Client, team: Team) -> None:
    response = browser.post("/runs/new/example/")
    run = Run.objects.get()
    assert response["Location"] == reverse("run", args=[run.id])
    assert run.experiment.name == "Handwritten digits"
    assert run.experiment.metric == "val_accuracy"
    browser.post("/runs/new/example/")
    assert team.experiments.count() == 1


@pytest.mark.parametrize("url", [URL, PREVIEW, "/runs/new/example/"])
def test_viewers_launch_nothing(
    client_of: Callable[[User], Client], viewer: User, digits: Experiment, url: str
) -> None:
    assert client_of(viewer).post(url, about(digits)).status_code == 403
    assert not Run.objects.exists()


def test_outsiders_find_nothing_to_launch_from(
    client_of: Callable[[User], Client], outsider: User, digits: Experiment
) -> None:
    run = make_run(digits, None, "finished")
    theirs = client_of(outsider)
    for query in ({"experiment": str(digits.id)}, {"like": str(run.id)}, {"branch": str(make_checkpoint(run).id)}):
        assert theirs.get(URL, query).status_code == 404
    assert theirs.post(URL, about(digits)).status_code == 404


@pytest.mark.parametrize("query", [{"like": "x"}, {"branch": "1"}, {"experiment": "; drop"}])
def test_an_id_that_is_none_is_not_found(browser: Client, query: dict[str, str]) -> None:
    assert browser.get(URL, query).status_code == 404
