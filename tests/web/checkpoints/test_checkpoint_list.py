"""The team's checkpoints over all experiments."""

from __future__ import annotations

import re
import time

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from trainer.data.bundled.catalog import facts_of
from trainer.validation.presets import default_spec
from webapp.checkpoints import listing
from webapp.checkpoints.models import Checkpoint


@pytest.fixture
def cast(team, admin, member):
    """Two runs of two people: an MLP on digits, tagged, and an MLP on diabetes; and a convnet."""
    digits = make_run(make_experiment(team, member), member, "finished", name="mlp", tags=["grün", "big"])
    diabetes = make_run(make_experiment(team, admin, "diabetes"), admin, "finished", name="rows")
    convnet = make_run(digits.experiment, admin, spec=default_spec(facts_of("digits"), "convnet"), name="conv")
    for run, value in ((digits, 0.9), (diabetes, 0.4), (convnet, 0.95)):
        for epoch in (5, 10):
            make_checkpoint(
                run,
                epoch,
                value=value + epoch / 1000,
                metrics={"loss": 1 / epoch, "val_loss": value},
                size_bytes=epoch * 1000,
            )
    return {"mlp": digits, "rows": diabetes, "conv": convnet}


def shown(client, **query) -> list[str]:
    """``run/checkpoint`` of each row, as the page lists them."""
    html = client.get(reverse("checkpoints"), query).content.decode()
    rows = re.findall(r'<a class="mono"[^>]*>(cp-\d+)</a>.*?title="(\w+)"', html, re.DOTALL)
    return [f"{run}/{name}" for name, run in rows]


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ({"dataset": "diabetes"}, {"rows"}),
        ({"network": "convnet"}, {"conv"}),
        ({"tag": "grün"}, {"mlp"}),
        ({"tag": "gr"}, set()),
        ({"q": "CONV"}, {"conv"}),
        ({"q": "big mlp"}, {"mlp"}),
        ({"at_least": "0.5", "dataset": "digits", "at_most": "0.93"}, {"mlp"}),
        ({"metric": "val_loss", "at_most": "0.5"}, {"rows"}),
        ({"since": "2020-01-01", "until": "2020-02-01"}, set()),
        ({"since": "2020-01-01"}, {"mlp", "rows", "conv"}),
        ({"metric": "val_accuracy", "at_least": "0"}, set()),
    ],
)
def test_filters(client_of, viewer, cast, query, runs):
    assert {row.split("/")[0] for row in shown(client_of(viewer), **query)} == runs


def test_the_person_is_a_filter(client_of, viewer, admin, cast):
    assert {row.split("/")[0] for row in shown(client_of(viewer), person=admin.pk)} == {"rows", "conv"}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("best", ["conv/cp-0010", "mlp/cp-0010", "rows/cp-0005"]),
        ("latest", ["conv/cp-0010", "mlp/cp-0010", "rows/cp-0010"]),
        ("pinned", ["conv/cp-0005"]),
    ],
)
def test_marks_are_filters(client_of, viewer, cast, mark, expected):
    Checkpoint.objects.filter(run=cast["conv"], epoch=5).update(pinned=True)
    assert sorted(shown(client_of(viewer), mark=mark)) == expected


@pytest.mark.parametrize("column", [*listing.COLUMNS, "marks"])
def test_every_column_sorts_both_ways(client_of, viewer, cast, column):
    up, down = (shown(client_of(viewer), sort=f"{sign}{column}") for sign in ("", "-"))
    assert sorted(up) == sorted(down)
    assert len(up) == 6
    assert up != down


def test_sorting_by_the_metric_leaves_what_has_none_at_the_end(client_of, viewer, cast):
    make_checkpoint(cast["mlp"], 15, value=None)
    for sort in ("value", "-value"):
        assert shown(client_of(viewer), sort=sort)[-1] == "mlp/cp-0015"


def test_what_is_not_finite_in_a_chosen_metric_is_shown_and_sorted_last(client_of, viewer, cast):
    make_checkpoint(cast["mlp"], 15, metrics={"val_loss": "NaN"})
    for sort in ("value", "-value"):
        assert shown(client_of(viewer), sort=sort, metric="val_loss")[-1] == "mlp/cp-0015"
    assert "mlp/cp-0015" not in shown(client_of(viewer), metric="val_loss", at_least="-5")


def test_removed_ones_are_shown_only_when_asked_for(client_of, viewer, cast):
    Checkpoint.objects.filter(run=cast["conv"]).update(purged_at=timezone.now())
    assert len(shown(client_of(viewer))) == 4
    assert len(shown(client_of(viewer), storage="gone")) == 2
    assert len(shown(client_of(viewer), storage="all")) == 6


def test_the_size_of_what_is_shown_is_summed_up(client_of, viewer, cast):
    html = client_of(viewer).get(reverse("checkpoints"), {"dataset": "diabetes"}).content.decode()
    assert "2 checkpoints, 15.0 kB on disk" in html


@pytest.mark.parametrize(
    "query",
    [
        {"at_least": "much"},
        {"dataset": "x'--"},
        {"sort": "run__created_by__password"},
        {"page": "99"},
        {"person": "x"},
        {"metric": "a__b"},
        {"since": "soon"},
    ],
)
def test_a_wrong_address_shows_the_list_and_says_what_is_wrong(client_of, viewer, cast, query):
    response = client_of(viewer).get(reverse("checkpoints"), query)
    assert response.status_code == 200
    assert len(re.findall(r'<a class="mono"', response.content.decode())) == 6


def test_fifty_a_page_and_the_links_keep_the_filters(client_of, viewer, cast):
    for epoch in range(11, 70):
        make_checkpoint(cast["mlp"], epoch)
    html = client_of(viewer).get(reverse("checkpoints"), {"dataset": "digits", "sort": "epoch"}).content.decode()
    assert "1–50 of 63" in html
    assert "?dataset=digits&amp;sort=epoch&amp;page=2" in html
    assert len(shown(client_of(viewer), dataset="digits", page=2)) == 13


def test_another_team_and_deleted_runs_are_not_in_it(client_of, outsider, viewer, cast):
    assert shown(client_of(outsider)) == []
    cast["mlp"].deleted_at = timezone.now()
    cast["mlp"].save()
    assert {row.split("/")[0] for row in shown(client_of(viewer))} == {"rows", "conv"}


def test_the_empty_list_says_what_to_do(client_of, member):
    html = client_of(member).get(reverse("checkpoints")).content.decode()
    assert "No checkpoints yet" in html
    assert reverse("launch") in html


def test_filters_that_fit_nothing_offer_a_way_back(client_of, member, cast):
    assert "No checkpoint matches" in client_of(member).get(reverse("checkpoints"), {"q": "nothing"}).content.decode()


def test_five_thousand_rows_take_as_many_queries_as_ten_and_little_time(
    client_of, viewer, cast, django_assert_max_num_queries
):
    run = cast["mlp"]
    fields = {"attempt": 1, "size_bytes": 9, "digest": "d", "created_at": timezone.now(), "value": 0.5}
    rows = [Checkpoint(run=run, name=f"cp-{n:05d}", key=f"k{n}", epoch=n, **fields) for n in range(20, 5020)]
    Checkpoint.objects.bulk_create(rows, batch_size=500)
    client = client_of(viewer)
    shown(client)
    seconds = []
    for _ in range(3):  # the best counts: the other lanes of make test use the machine too
        with django_assert_max_num_queries(16):
            began = time.perf_counter()
            assert len(shown(client, sort="-value", metric="val_loss")) == 50
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 1


def test_metrics_and_networks_are_called_by_their_names(client_of, viewer, cast):
    html = client_of(viewer).get(reverse("checkpoints")).content.decode()
    table = html[html.index("<tbody>") :]
    assert "validation loss" in table
    assert "Multilayer perceptron" in table
    assert not re.search(r">\s*(val_\w+|mlp|convnet)\s*<", table.replace(">mlp</a>", ""))


def test_all_on_the_page_are_selected_by_a_link_and_none_by_another(client_of, member, cast):
    client, url = client_of(member), reverse("checkpoints")
    assert " checked" not in client.get(url, {"dataset": "digits"}).content.decode()
    html = client.get(url, {"dataset": "digits", "select": "all"}).content.decode()
    assert html.count('form="free-selected" checked') == 4
    assert 'href="?dataset=digits">none</a>' in html
    assert "select=all" not in html[html.index("<thead>") : html.index("<tbody>")]


def test_viewers_select_nothing(client_of, viewer, cast):
    html = client_of(viewer).get(reverse("checkpoints"), {"select": "all"}).content.decode()
    assert "free-selected" not in html
