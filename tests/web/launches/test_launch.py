"""The launch page: what it shows, what it launches, and what it refuses."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_checkpoint, make_experiment, make_run
from trainer.data.bundled.catalog import facts_of
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db
URL = "/runs/new/"
ClientOf = Callable[[User], Client]


@pytest.fixture
def digits(team: Team, member: User) -> Experiment:
    return make_experiment(team, member, name="Digits")


@pytest.fixture
def browser(client_of: ClientOf, member: User) -> Client:
    return client_of(member)


def about(experiment: Experiment | None = None, /, **fields: Any) -> dict[str, Any]:
    """What the page sends besides the spec."""
    chosen = str(experiment.id) if experiment else "new"
    return {"run-id": str(uuid.uuid4()), "run-experiment": chosen, "run-experiment_name": "", **fields}


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


def test_the_page_has_every_section_of_the_spec(browser: Client, digits: Experiment) -> None:
    page = text_of(browser.get(URL, {"experiment": str(digits.id)}))
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
    page = text_of(browser.get(URL, {"experiment": str(digits.id)}))
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
    assert said in text_of(response)
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
    page = fields_of(text_of(browser.get(URL, {"experiment": str(digits.id)}))) | {name: value}
    response = browser.post(URL, page)
    field = re.search(rf'<input [^>]*name="{re.escape(name)}"[^>]*>', text_of(response))
    assert response.status_code == 422
    assert not Run.objects.exists()
    assert field
    assert "autofocus" in field[0]
    assert f'value="{value}"' in field[0]


def test_the_summary_links_to_every_wrong_field(browser: Client, digits: Experiment) -> None:
    page = text_of(browser.post(URL, about(digits) | {"seed": "-1", "fit.epochs": "0"}))
    assert 'href="#f-seed"' in page
    assert 'href="#f-fit-epochs"' in page
    assert "Training › Epochs" in page


def test_a_convnet_on_a_table_is_refused(browser: Client, team: Team, member: User) -> None:
    iris = make_experiment(team, member, dataset="iris")
    response = browser.post(URL, about(iris) | {"network.kind": "convnet"})
    assert response.status_code == 422
    assert not Run.objects.exists()


def test_a_field_that_the_form_has_not_is_refused(browser: Client, digits: Experiment) -> None:
    response = browser.post(URL, about(digits) | {"fit.magic": "1"})
    assert response.status_code == 422
    assert "fit.magic" in text_of(response)


@pytest.mark.parametrize(("tags", "said"), [("x" * 41, "41 characters"), (",".join(map(str, range(21))), "21 tags")])
def test_too_many_or_too_long_tags_are_refused(browser: Client, digits: Experiment, tags: str, said: str) -> None:
    response = browser.post(URL, about(digits) | {"run-tags": tags})
    assert response.status_code == 422
    assert said in text_of(response)


def test_a_change_shows_the_form_again_with_what_was_typed(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"network.kind": "mlp", "network.layers": "", "network.layers.0.units": "abc"}
    page = text_of(browser.post(URL, fields | {"_change": "add:network.layers"}))
    assert 'value="abc"' in page
    assert 'name="network.layers.1.units"' in page
    assert "<html" in page
    assert not Run.objects.exists()


def test_htmx_gets_the_part_of_the_page_that_changes(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"_change": "add:network.layers"}
    page = text_of(browser.post(URL, fields, headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert page.strip().startswith('<div id="launch-body"')


def test_a_row_that_one_person_adds_is_in_no_other_form(browser: Client, digits: Experiment) -> None:
    """Values that were not posted are defaults, which all requests of a process share."""
    fields = about(digits) | {"_change": "add:network.layers"}
    pages = [text_of(browser.post(URL, fields, headers={"HX-Request": "true"})) for _ in range(2)]
    assert ['name="network.layers.3.units"' in page for page in pages] == [False, False]


def test_a_network_that_was_changed_without_a_script_is_shown_before_it_is_launched(
    browser: Client, digits: Experiment
) -> None:
    page = text_of(browser.post(URL, about(digits) | {"_shown.network": "mlp", "network.kind": "convnet"}))
    assert 'name="network.blocks.0.filters"' in page
    assert not Run.objects.exists()


def test_another_dataset_brings_its_defaults_when_nothing_was_changed(browser: Client) -> None:
    page = fields_of(text_of(browser.get(URL, {"dataset": "digits"})))
    answer = text_of(browser.post(URL, page | {"dataset.name": "iris", "_change": "show"}))
    assert "Recommended settings for Iris applied" in answer
    assert f'value="{default_spec(facts_of("iris")).fit.epochs}"' in answer


def test_another_dataset_keeps_what_was_changed_and_offers_its_defaults(browser: Client) -> None:
    page = fields_of(text_of(browser.get(URL, {"dataset": "digits"}))) | {"fit.epochs": "77"}
    answer = text_of(browser.post(URL, page | {"dataset.name": "iris", "_change": "show"}))
    assert 'value="77"' in answer
    assert "Use the defaults of Iris" in answer
    taken = text_of(browser.post(URL, fields_of(answer) | {"_change": "defaults"}))
    assert 'value="77"' not in taken


def test_only_what_applies_to_the_data_is_shown(browser: Client) -> None:
    assert "normalization.targets" not in text_of(browser.get(URL, {"dataset": "digits"}))
    regression = text_of(browser.get(URL, {"dataset": "diabetes"}))
    assert "split.stratified" not in regression
    assert "balance.weights" not in regression
    assert "balance.weights" in text_of(browser.get(URL, {"dataset": "iris"}))


def test_the_preview_counts_parameters_examples_and_steps(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"network.kind": "mlp", "network.layers": "", "fit.batch_size": "100"}
    page = text_of(browser.post("/runs/new/preview/", fields))
    assert "650" in page
    assert "1,257 train" in page
    assert "13 an epoch" in page
    assert "FLOP" in page


def test_the_preview_counts_the_steps_of_sampled_classes(browser: Client, digits: Experiment) -> None:
    counts = [{"name": name, "count": 1000 if name == "0" else 100} for name in digits.dataset.facts.class_names]
    type(digits.dataset).objects.filter(pk=digits.dataset_id).update(summary={"histogram": counts})
    fields = about(digits) | {"fit.batch_size": "100", "balance.sampling": "oversample"}
    page = text_of(browser.post("/runs/new/preview/", fields))
    # Of 1,900 examples, 1,257 are to train on, 662 of them zeros: ten times as many are 67 batches.
    assert "67 an epoch" in page
    assert "approximate" in page


def test_the_form_draws_the_learning_rates_that_its_schedule_gives(browser: Client, digits: Experiment) -> None:
    warm = {"schedule.shape.kind": "cosine", "schedule.warmup_epochs": "5", "fit.epochs": "20", "fit.batch_size": "100"}
    page = text_of(
        browser.post(
            "/runs/new/preview/", about(digits) | warm | {"optimizer.kind": "sgd", "optimizer.learning_rate": "0.2"}
        )
    )
    (points,) = re.findall('<polyline points="([^"]*)"', page)
    drawn = [tuple(map(float, point.split(","))) for point in points.split()]
    # 240 wide for 20 epochs, 48 high for a rate of 0.2; after half of what follows the warm-up, half of it is left.
    assert drawn[0] == (0.0, 48.0)
    assert (60.0, 0.0) in drawn
    assert min(drawn, key=lambda point: abs(point[0] - 150))[1] == pytest.approx(24, abs=1)
    assert "0 at the start, 0.2 at the peak after epoch 5, 1.3e-05 at the end." in page
    assert "<polyline" not in text_of(browser.post("/runs/new/preview/", about(digits)))


def test_the_preview_says_what_is_wrong_at_the_slots_of_the_fields(browser: Client, digits: Experiment) -> None:
    page = text_of(browser.post("/runs/new/preview/", about(digits) | {"fit.epochs": "0"}))
    assert "&quot;e-fit-epochs&quot;" in page
    assert "Training › Epochs" in page


def test_run_again_is_filled_from_the_run_and_marks_what_is_changed(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished", name="Old", tags=["wide"])
    page = text_of(browser.get(URL, {"like": str(run.id)}))
    assert 'value="wide"' in page
    assert "was " not in page
    assert "No changes against" in page
    again = text_of(browser.post(URL, fields_of(page) | {"fit.epochs": "9", "_change": "check"}))
    assert again.count(">was 30<") == 1
    assert "1 change against" in again
    back = fields_of(text_of(browser.post(URL, fields_of(again) | {"_change": "reset:fit.epochs"})))
    assert back["fit.epochs"] == "30"


def test_changes_are_marked_while_one_types(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished", name="Old")
    page = fields_of(text_of(browser.get(URL, {"like": str(run.id)})))
    answer = text_of(browser.post("/runs/new/preview/", page | {"fit.epochs": "9", "optimizer.learning_rate": "0,3"}))
    said = unescape(answer).replace("\\u00b7", "·")
    assert '"n-fit-epochs": "was 30"' in said
    assert '"n-optimizer-learning_rate": "Read as 0.3 · was 0.001"' in said
    assert 'data-changed="["n-optimizer-learning_rate", "n-fit-epochs"]"' in said
    assert "2 changes against" in said
    assert 'value="reset:fit.epochs"' in said


def test_a_decimal_comma_launches_what_it_was_understood_as(browser: Client, digits: Experiment) -> None:
    page = fields_of(text_of(browser.get(URL, {"experiment": str(digits.id)})))
    browser.post(URL, page | {"optimizer.learning_rate": "0,3"})
    assert Run.objects.get().spec["optimizer"]["learning_rate"] == 0.3


def test_a_form_that_was_left_is_restored_as_it_was_typed(browser: Client, digits: Experiment) -> None:
    page = fields_of(text_of(browser.get(URL, {"experiment": str(digits.id)}))) | {"fit.epochs": "abc"}
    answer = text_of(browser.post(URL, page | {"_change": "restore"}, headers={"HX-Request": "true"}))
    assert "Restored what you had typed." in answer
    assert fields_of(f'<form id="launch">{answer}')["fit.epochs"] == "abc"


def test_a_form_that_was_launched_after_all_is_not_restored(browser: Client, digits: Experiment) -> None:
    page = fields_of(text_of(browser.get(URL, {"experiment": str(digits.id)})))
    browser.post(URL, page)
    assert browser.post(URL, page | {"_change": "restore"}).status_code == 204


def test_going_back_to_a_form_that_was_launched_makes_it_one_of_another_run(browser: Client) -> None:
    page = fields_of(text_of(browser.get(URL, {"dataset": "digits"}))) | {"run-experiment_name": "Fresh"}
    browser.post(URL, page)
    renewed = fields_of(text_of(browser.post(URL, page | {"_change": "renew"})))
    browser.post(URL, renewed)
    assert (Run.objects.count(), Experiment.objects.count()) == (2, 1)


def test_a_new_run_begins_in_the_experiment_that_the_person_used_last(
    browser: Client, digits: Experiment, team: Team, member: User
) -> None:
    make_run(digits, member, "finished")
    other = make_experiment(team, member, dataset="diabetes")
    make_run(other, None, "finished")
    assert f'value="{digits.id}" selected' in text_of(browser.get(URL))


def test_a_new_run_of_somebody_who_launched_nothing_begins_in_the_newest_experiment(
    browser: Client, digits: Experiment, team: Team, member: User
) -> None:
    newest = make_experiment(team, member, dataset="iris")
    assert f'value="{newest.id}" selected' in text_of(browser.get(URL))


def test_a_row_that_moved_keeps_the_focus(browser: Client, digits: Experiment) -> None:
    page = fields_of(text_of(browser.get(URL, {"experiment": str(digits.id)})))
    moved = text_of(browser.post(URL, page | {"_change": "down:network.layers.0"}))
    [button] = re.findall(r'<button [^>]*name="_change"[^>]*autofocus>', moved)
    assert 'value="up:network.layers.1"' in button


def test_settings_of_other_data_come_back_with_that_data(browser: Client) -> None:
    page = fields_of(text_of(browser.get(URL, {"dataset": "digits"}))) | {"split.stratified": "off"}
    away = fields_of(text_of(browser.post(URL, page | {"dataset.name": "diabetes", "_change": "show"})))
    assert "split.stratified" not in away
    back = fields_of(text_of(browser.post(URL, away | {"dataset.name": "digits", "_change": "show"})))
    assert back["split.stratified"] == "off"


def test_a_branch_has_its_parent_and_says_where_the_weights_come_from(browser: Client, digits: Experiment) -> None:
    checkpoint = make_checkpoint(make_run(digits, None, "finished", name="Old"))
    page = text_of(browser.get(URL, {"branch": str(checkpoint.id)}))
    assert "The weights are taken from" in page
    assert "cp-0005" in page
    browser.post(URL, fields_of(page) | {"optimizer.learning_rate": "0.0001"})
    assert Run.objects.get(parent=checkpoint).spec["optimizer"]["learning_rate"] == 0.0001


def test_a_branch_refuses_a_network_that_the_weights_do_not_fit(browser: Client, digits: Experiment) -> None:
    checkpoint = make_checkpoint(make_run(digits, None, "finished"))
    page = fields_of(text_of(browser.get(URL, {"branch": str(checkpoint.id)}))) | {"network.layers.0.units": "64"}
    response = browser.post(URL, page)
    assert response.status_code == 422
    assert "do not fit" in text_of(response)
    assert Run.objects.count() == 1


def test_a_branch_of_a_checkpoint_that_is_gone_is_refused(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished")
    checkpoint = make_checkpoint(run, damaged="its files do not match")
    page = text_of(browser.get(URL, {"branch": str(checkpoint.id)}))
    assert "is damaged: its files do not match." in page


def test_the_example_is_launched_with_one_click(browser: Client, team: Team) -> None:
    response = browser.post("/runs/new/example/")
    run = Run.objects.get()
    assert response["Location"] == reverse("run", args=[run.id])
    assert run.experiment.name == "Handwritten digits"
    assert run.experiment.metric == "val_accuracy"
    browser.post("/runs/new/example/")
    assert team.experiments.count() == 1


@pytest.mark.parametrize("url", [URL, "/runs/new/preview/", "/runs/new/example/"])
def test_viewers_launch_nothing(client_of: ClientOf, viewer: User, digits: Experiment, url: str) -> None:
    assert client_of(viewer).post(url, about(digits)).status_code == 403
    assert not Run.objects.exists()


def test_outsiders_find_nothing_to_launch_from(client_of: ClientOf, outsider: User, digits: Experiment) -> None:
    run = make_run(digits, None, "finished")
    theirs = client_of(outsider)
    for query in ({"experiment": str(digits.id)}, {"like": str(run.id)}, {"branch": str(make_checkpoint(run).id)}):
        assert theirs.get(URL, query).status_code == 404
    assert theirs.post(URL, about(digits)).status_code == 404


@pytest.mark.parametrize("query", [{"like": "x"}, {"branch": "1"}, {"experiment": "; drop"}])
def test_an_id_that_is_none_is_not_found(browser: Client, query: dict[str, str]) -> None:
    assert browser.get(URL, query).status_code == 404


INPUT = re.compile(r"<(input|textarea)\b([^>]*)>([^<]*)")
SELECT = re.compile(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the launch form on ``page``, without a button."""
    form = page[page.index('id="launch') :]
    fields: dict[str, Any] = {}
    for tag, text, inner in INPUT.findall(form):
        given = dict(re.findall(r'(\S+)="([^"]*)"', text))
        if "name" not in given:  # a browser does not send it
            continue
        if given.get("type") in ("checkbox", "radio") and " checked" not in text:
            continue
        fields[given["name"]] = inner if tag == "textarea" else unescape(given.get("value", ""))
    for name, options in SELECT.findall(form):
        fields[name] = re.findall(r'<option value="([^"]*)" selected\s*>', options)[0]
    return fields


def unescape(text: str) -> str:
    return text.replace("&quot;", '"').replace("&amp;", "&")


def test_a_recipe_fills_its_sections_and_leaves_what_was_typed_elsewhere(browser):
    fields = fields_of(browser.get(URL, {"dataset": "iris"}).text)
    fields |= {"split.seed": "7", "checkpoints.every_epochs": "2", "fit.epochs": "abc"}
    page = browser.post(URL, fields | {"_change": "recipe:table"}).text
    after = fields_of(page)
    assert "The recipe “Tables: batch normalisation and AdamW” was applied." in page
    assert (after["split.seed"], after["checkpoints.every_epochs"]) == ("7", "2")
    assert (after["optimizer.kind"], after["network.layers.0.normalization.kind"]) == ("adamw", "batch")
    assert after["fit.epochs"] == "60"
    run = browser.post(URL, after)
    assert run.status_code == 302


def test_recipes_are_those_for_the_data_and_an_unknown_one_changes_nothing(browser):
    page = browser.get(URL, {"dataset": "iris"}).text
    assert 'value="recipe:table"' in page
    assert 'value="recipe:resnet"' not in page
    fields = fields_of(page)
    after = fields_of(browser.post(URL, fields | {"_change": "recipe:resnet"}).text)
    assert {name: value for name, value in after.items() if name[0] != "_" and "token" not in name} == {
        name: value for name, value in fields.items() if name[0] != "_" and "token" not in name
    }
