"""All examples of a dataset, page by page: who sees them, by what they are filtered, and out of a bucket."""

from __future__ import annotations

import re

import pytest

from tests.factories import make_dataset, make_evaluation
from trainer.data.loading import load
from webapp.storage import prepared
from webapp.storage.datasets import examples
from webapp.storage.store import remove_folder


@pytest.fixture
def parts(data, team, member):
    return make_dataset(team, member, num_test=50)


@pytest.fixture
def evaluation(parts, team, member):
    return make_evaluation(team, member, "parts")


def shown(client, **query) -> list[int]:
    response = client.get("/datasets/parts/examples/", query)
    assert response.status_code == 200
    return [int(index) for index in re.findall(r'id="example-(\d+)"', response.text)]


def test_everybody_in_the_team_pages_through_all(client_of, viewer, outsider, parts):
    seen = [index for page in range(1, 5) for index in shown(client_of(viewer), page=page)]
    assert seen == list(range(200))
    assert client_of(outsider).get("/datasets/parts/examples/").status_code == 404


def test_a_row_shows_its_values_and_its_label(client_of, viewer, parts):
    text = client_of(viewer).get("/datasets/parts/examples/").text
    data = load(prepared.folder_of(parts.content_hash))
    row = re.search(r'id="example-3">(.*?)</tr>', text, re.DOTALL)[1]
    assert data.facts.class_names[data.targets[3]] in row
    assert f"{data.inputs[3][0]:.3f}"[:5] in row


@pytest.mark.parametrize("split", ["training", "test"])
def test_a_split_and_a_class_narrow_it(client_of, viewer, parts, split):
    targets = load(prepared.folder_of(parts.content_hash)).targets
    expected = [index for index in range(200) if (index >= 150) == (split == "test") and targets[index] == 1]
    assert shown(client_of(viewer), split=split, **{"class": "scrap"}) == expected[:60]


def test_what_an_evaluation_found_is_shown_in_its_order(client_of, viewer, parts, evaluation):
    of_it = {"evaluation": str(evaluation.pk)}
    client = client_of(viewer)
    assert shown(client, **of_it) == [150, 7, 9]
    assert shown(client, **of_it, true="good", predicted="scrap") == [150, 9]
    assert shown(client, **of_it, answers="problems") == [9]
    text = client.get("/datasets/parts/examples/", of_it | {"answers": "problems"}).text
    assert "perhaps scrap: 97%, and 2% for good" in text


def test_an_evaluation_of_other_data_says_nothing_here(client_of, member, team, evaluation):
    make_dataset(team, name="others", num_test=10)
    answer = client_of(member).get("/datasets/others/examples/", {"evaluation": str(evaluation.pk)})
    assert answer.status_code == 404
    assert client_of(member).get("/datasets/parts/examples/", {"evaluation": "x"}).status_code == 404


def test_the_confusion_matrix_leads_there(client_of, viewer, evaluation):
    counts = {"classes": ["good", "scrap"], "confusion": [[5, 2], [1, 9]], "per_class": [], "mistakes": []}
    evaluation.result |= counts | {"num_examples": 17, "metrics": {"accuracy": 0.8}}
    evaluation.save()
    text = client_of(viewer).get(f"/evaluations/{evaluation.pk}/").text
    link = re.search(r'href="(/datasets/parts/examples/[^"]*true=good&amp;predicted=scrap)"', text)[1]
    assert client_of(viewer).get(link.replace("&amp;", "&")).status_code == 200


def test_a_finding_leads_to_the_examples_it_is_about(client_of, viewer, parts):
    finding = {"name": "copies", "message": "2 examples are copies.", "advice": "Drop one.", "num_examples": 2}
    parts.summary["findings"] = [finding | {"indices": [17, 4]}, "said by an earlier release"]
    parts.save()
    client = client_of(viewer)
    assert "finding=copies" in client.get("/datasets/parts/").text
    assert shown(client, finding="copies") == [17, 4]
    assert shown(client, finding="other") == []


def test_data_that_is_not_prepared_says_so(client_of, viewer):
    text = client_of(viewer).get("/datasets/mnist/examples/").text
    assert "The data is not prepared yet." in text


def test_examples_are_read_out_of_a_bucket_by_ranges(bucket, data, team):
    parts = make_dataset(team)
    prepared.publish(parts.content_hash)
    here = load(prepared.folder_of(parts.content_hash))
    expected = here.inputs[[3, 199]].tolist(), here.targets.tolist()
    remove_folder(prepared.folder_of(parts.content_hash))
    found = [row.tolist() for row in examples.inputs_of(parts.content_hash, [3, 199])]
    assert (found, examples.targets_of(parts.content_hash).tolist()) == expected
    assert not prepared.folder_of(parts.content_hash).exists()
