"""Runs side by side: whose address can be shared, and whose tables say what is best and what differs."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tests.factories import make_experiment, make_run, record_epochs
from trainer.spec import DatasetChoice, DenseLayer, Fit, Mlp, Spec
from webapp.pages.comparison.results import cells_of, metrics_of, spec_rows
from webapp.runs.colours import colour_of, colours_of
from webapp.runs.models import Run


@pytest.fixture
def experiment(team, member):
    return make_experiment(team, member)


@pytest.fixture
def runs(experiment, member):
    specs = [Spec(dataset=DatasetChoice(name="digits"), fit=Fit(epochs=epochs)) for epochs in (30, 60)]
    return [make_run(experiment, member, "running", spec=spec, name=f"run {n}") for n, spec in enumerate(specs)]


@pytest.fixture
def compare(client_of, viewer):
    """The comparison page with ``runs`` and the rest of the address."""

    def get(*runs, user=None, name="compare", **query):
        query |= {"runs": ",".join(str(run.id) for run in runs)} if runs else {}
        return client_of(user or viewer).get(reverse(name), query)

    return get


def reached(best, epoch=1, last=0.0):
    return {"val_accuracy": {"best": best, "best_epoch": epoch, "last": last}}


def test_without_runs_it_offers_those_of_the_team(runs, compare):
    page = compare().content.decode()
    assert "run 0" in page
    assert "Compare selected" in page


def test_a_team_without_runs_is_told_what_to_do(compare, team):
    assert "No runs to compare yet" in compare().content.decode()


def test_the_choice_can_be_searched(runs, compare):
    Run.objects.filter(id=runs[1].id).update(name="the wide one")
    page = compare(q="wide the").content.decode()
    assert "the wide one" in page
    assert ">run 0<" not in page
    assert "No run has" in compare(q="nonsense").content.decode()


def tokens(response):
    page = response.content.decode()
    data = json.loads(page.split('id="compare-data" type="application/json">')[1].split("</script>")[0])
    return {run["label"]: run["token"] for run in data["runs"]}


def test_every_run_has_one_colour_everywhere(runs, compare):
    page = compare(*runs).content.decode()
    assert page.count("run-dot run-dot-1") == page.count("run-dot run-dot-2") > 1


def test_the_colour_of_a_run_does_not_depend_on_its_place_in_the_address(runs, compare):
    own = {"run 0": "--run-1", "run 1": "--run-2"}
    assert tokens(compare(*runs)) == tokens(compare(*reversed(runs))) == own
    assert tokens(compare(runs[1])) == {"run 1": "--run-2"}


def test_the_page_of_a_run_draws_it_in_the_same_colour(runs, client_of, viewer):
    assert client_of(viewer).get(reverse("run", args=[runs[1].id])).context["data"]["token"] == "--run-2"


def test_of_two_runs_with_one_colour_the_newer_takes_a_free_one(experiment, team, member, runs):
    twin = make_run(make_experiment(team, member, name="another"), member)
    assert colour_of(twin) == colour_of(runs[0]) == 1
    assert [colours_of([twin, *runs])[run.pk] for run in (*runs, twin)] == [1, 2, 3]


def test_ten_runs_have_ten_colours(experiment, member):
    many = [make_run(experiment, member) for _ in range(12)]
    assert sorted(colours_of(many[2:]).values()) == list(range(1, 11))


def test_room_for_the_charts_is_made_before_they_are_drawn(runs, compare):
    assert "chart-card" not in compare(*runs).content.decode()
    record_epochs(runs[0], 2)
    page = compare(*runs).content.decode()
    assert page.count("chart-card") == len(compare(*runs).context["data"]["panels"]) > 1
    assert compare(*runs, metric="loss").content.decode().count("chart-card") == 1


def test_the_curves_of_all_runs_are_in_the_page(runs, compare):
    for run in runs:
        record_epochs(run, 3)
    page = compare(*runs).content.decode()
    data = json.loads(page.split('id="compare-data" type="application/json">')[1].split("</script>")[0])
    assert [run["epochs"]["epoch"] for run in data["runs"]] == [[1, 2, 3], [1, 2, 3]]
    assert data["panels"][0]["id"] == "loss"


def test_runs_of_one_name_are_told_apart(experiment, member, team, compare):
    other = make_run(make_experiment(team, member, name="another"), member, name="same")
    page = compare(make_run(experiment, member, name="same"), other).content.decode()
    assert "another / same" in page


def test_the_best_of_all_runs_is_marked(experiment, member):
    runs = [make_run(experiment, member, summary=reached(value)) for value in (0.9, 0.95, None)]
    assert [cell.leads for cell in cells_of(runs, "val_accuracy")] == [False, True, False]


def test_a_run_alone_leads_nobody(experiment, member):
    assert not cells_of([make_run(experiment, member, summary=reached(0.9))], "val_accuracy")[0].leads


def test_the_lowest_loss_is_the_best(experiment, member):
    runs = [make_run(experiment, member, summary={"loss": {"best": value}}) for value in (0.2, 0.1)]
    assert [cell.leads for cell in cells_of(runs, "loss")] == [False, True]


def test_one_metric_can_be_looked_at_alone(experiment, member):
    run = make_run(experiment, member, summary={"loss": {}, "val_loss": {}, "accuracy": {}})
    assert [name for name, _ in metrics_of([run], "loss")] == ["val_loss", "loss"]


def test_only_differences_are_shown_until_all_is_asked_for(runs, compare):
    page = compare(*runs).content.decode()
    assert "60 epochs" in page
    assert "Batch size" not in page
    assert "Batch size" in compare(*runs, all="1").content.decode()


def test_what_is_not_as_in_the_base_is_marked(runs):
    row = next(row for row in spec_rows(runs, runs[1]) if str(row.label) == "Epochs")
    assert [(str(text), other) for text, other in row.values] == [("30 epochs", True), ("60 epochs", False)]


def test_a_layer_that_only_one_run_has_is_a_difference(experiment, member):
    specs = [Spec(network=Mlp(layers=(DenseLayer(),) * count)) for count in (1, 2)]
    runs = [make_run(experiment, member, spec=spec) for spec in specs]
    rows = [row for row in spec_rows(runs, runs[0]) if row.differs]
    assert rows
    assert all(row.values[0] == ("–", False) and row.values[1][1] for row in rows)


def test_the_base_can_be_chosen_and_stays_in_the_address(runs, compare):
    page = compare(*runs, base=str(runs[1].id)).content.decode()
    assert f"base={runs[1].id}" in page


def test_a_forms_address_becomes_the_short_one(runs, client_of, viewer):
    ids = [str(run.id) for run in runs]
    response = client_of(viewer).get(reverse("compare"), {"runs": ids, "add": "1"})
    assert response.url == f"/compare/?runs={ids[0]},{ids[1]}"


def test_more_than_ten_runs_are_said_to_be_too_many(experiment, member, compare):
    many = [make_run(experiment, member) for _ in range(12)]
    page = compare(*many).content.decode()
    assert "Only the first 10 runs are shown; 2 more are" in page
    assert "Compare 10 runs" in page


def test_a_run_named_twice_is_shown_once(runs, compare):
    assert "Compare 1 run<" in compare(runs[0], runs[0]).content.decode()


def test_a_deleted_run_is_left_out_and_said(runs, compare):
    Run.objects.filter(id=runs[0].id).update(deleted_at="2026-01-01T00:00:00Z")
    page = compare(*runs).content.decode()
    assert "1 run of this address was deleted" in page
    assert "Compare 1 run<" in page


@pytest.fixture
def foreign(other_team, outsider):
    return make_run(make_experiment(other_team, outsider), outsider)


@pytest.mark.parametrize("name", ["compare", "compare-parts"])
def test_one_run_of_another_team_makes_it_404(name, runs, compare, foreign, outsider):
    assert compare(runs[0], foreign, name=name).status_code == 404
    assert compare(runs[0], user=outsider, name=name).status_code == 404


@pytest.mark.parametrize("ids", ["x", "1,2", "../../etc"])
def test_an_address_that_names_no_run_is_404(ids, client_of, viewer):
    assert client_of(viewer).get(reverse("compare"), {"runs": ids}).status_code == 404


def test_the_tables_alone_can_be_fetched_while_runs_train(runs, compare):
    record_epochs(runs[0], 2)
    page = compare(*runs, name="compare-parts").content.decode()
    assert 'data-part="results"' in page
    assert "<html" not in page
