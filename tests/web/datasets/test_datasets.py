"""Datasets: the list, the page, and having a worker describe one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_experiment, make_run
from trainer.data.bundled.catalog import CATALOG
from webapp.datasets.models import Dataset
from webapp.datasets.preparing import prepare
from webapp.datasets.summaries import CHART_HEIGHT, CHART_WIDTH, bars_of, summary_of

DIGITS = {
    "num_examples": 1797,
    "content_hash": "ab" * 32,
    "histogram": [{"name": "0", "count": 178}, {"name": "1", "count": 182}],
    "samples": [{"image": "data:image/png;base64,AAAA", "label": "0"}],
    "columns": [],
}
DIABETES = {
    "content_hash": "cd" * 32,
    "histogram": [{"name": "25 – 41", "low": 25.0, "high": 41.0, "count": 9}],
    "samples": [{"values": [59.0, 2.0], "label": 151.0}],
    "columns": [{"name": "age", "mean": 48.5, "std": 13.1, "min": 19.0, "max": 79.0}],
}


def described(name: str, summary: dict) -> Dataset:
    return set_state(name, "finished", summary=summary, content_hash=summary["content_hash"], num_bytes=1000)


def set_state(name: str, state: str, **fields) -> Dataset:
    Dataset.objects.filter(name=name).update(state=state, **fields)
    return Dataset.objects.get(name=name)


def page(client, name: str) -> str:
    response = client.get(reverse("dataset", args=[name]))
    assert response.status_code == 200
    return response.content.decode()


def test_every_dataset_of_the_catalogue_is_listed_with_its_state(client_of, viewer):
    described("digits", DIGITS)
    set_state("mnist", "failed", error="no internet")
    html = client_of(viewer).get(reverse("datasets")).content.decode()
    assert all(facts.title in html for facts in CATALOG.values())
    assert html.count(">ready<") == 1
    assert html.count(">failed<") == 1


@pytest.mark.parametrize(
    ("query", "there", "missing"),
    [
        ({"kind": "table"}, "Wine", "CIFAR-10"),
        ({"task": "regression"}, "Diabetes", "Wine"),
        ({"q": "sneaker"}, "Fashion-MNIST", "Wine"),
    ],
)
def test_the_list_is_filtered(client_of, viewer, query, there, missing):
    html = client_of(viewer).get(reverse("datasets"), query).content.decode()
    assert there in html
    assert missing not in html


def test_filters_that_fit_nothing_offer_a_way_back(client_of, viewer):
    assert "No dataset matches" in client_of(viewer).get(reverse("datasets"), {"q": "nothing"}).content.decode()


def test_images_show_classes_samples_and_the_hash(client_of, viewer):
    described("digits", DIGITS)
    html = page(client_of(viewer), "digits")
    for text in ("182", "data:image/png;base64,AAAA", "ab" * 32, "8 × 8 pixels"):
        assert text in html


def test_tables_show_columns_rows_and_the_target(client_of, viewer):
    described("diabetes", DIABETES)
    html = page(client_of(viewer), "diabetes")
    for text in ("48.50", "151.0", "Target: disease progression", "<rect"):
        assert text in html


def test_looking_never_queues_anything(client_of, member):
    for name in CATALOG:
        assert "Not prepared yet" in page(client_of(member), name)
    assert set(Dataset.objects.values_list("state", flat=True)) == {"stopped"}


def test_an_unknown_name_is_not_found(client_of, member):
    assert client_of(member).get(reverse("dataset", args=["nope"])).status_code == 404
    assert client_of(member).post(reverse("dataset-prepare", args=["nope"])).status_code == 404


def test_a_member_has_it_described_once_however_often_they_click(client_of, member):
    for _ in range(2):
        assert client_of(member).post(reverse("dataset-prepare", args=["wine"])).status_code == 302
    assert Dataset.objects.get(name="wine").state == "queued"
    assert "Waiting for a worker" in page(client_of(member), "wine")


def test_a_viewer_may_not_have_it_described(client_of, viewer):
    assert client_of(viewer).post(reverse("dataset-prepare", args=["wine"])).status_code == 403


def test_a_failure_is_clear_harmless_and_can_be_tried_again(client_of, member):
    set_state("mnist", "failed", error="The server cannot be reached.", advice="Connect it.")
    html = page(client_of(member), "mnist")
    for text in ("The server cannot be reached.", "Connect it.", "No run is lost", "Try again"):
        assert text in html
    client_of(member).post(reverse("dataset-prepare", args=["mnist"]))
    dataset = Dataset.objects.get(name="mnist")
    assert (dataset.state, str(dataset.error)) == ("queued", "")


def test_what_is_described_is_not_read_again(db):
    dataset = described("digits", DIGITS)
    prepare(dataset)
    dataset.refresh_from_db()
    assert dataset.state == "finished"


def test_while_a_worker_reads_it_the_part_is_polled_until_the_end(client_of, viewer):
    dataset = set_state("mnist", "running", progress={"fraction": 0.5, "message": "6 of 12 MB"})
    url = reverse("dataset-status", args=["mnist"])
    assert "6 of 12 MB" in client_of(viewer).get(url).content.decode()
    Dataset.objects.filter(pk=dataset.pk).update(state="finished")
    assert client_of(viewer).get(url)["HX-Refresh"] == "true"


def test_experiments_on_it_are_those_of_the_own_team(client_of, member, outsider, team, other_team):
    make_run(make_experiment(team, member, name="ours"), member)
    make_experiment(other_team, outsider, name="theirs")
    html = page(client_of(member), "digits")
    assert "ours" in html
    assert "1 run<" in html
    assert "theirs" not in html


def test_bars_fill_the_chart_and_nothing_gives_no_bars():
    bars = bars_of([("a", 5), ("b", 10)])
    assert [(bar.x, bar.height) for bar in bars] == [(0.0, CHART_HEIGHT / 2), (CHART_WIDTH / 2, CHART_HEIGHT)]
    assert bars_of([]) == ()
    assert bars_of([("a", 0)])[0].height == 0
    assert summary_of({}) is None
