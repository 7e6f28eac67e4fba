"""Examples of a dataset over the API: which, in which order, and what is said of each."""

from __future__ import annotations

import pytest

from tests.factories import make_dataset, make_evaluation
from tests.web.api.test_uploads import client_of as token_of
from trainer.data.findings.finding import about
from trainer.data.loading import load
from trainer.messages.message import Message
from webapp.storage import prepared


@pytest.fixture
def parts(data, team, member):
    dataset = make_dataset(team, member, num_test=50)
    copies = about("copies", Message("Copies."), Message("Leave them out."), (8, 3))
    dataset.summary = {"findings": [copies.to_json()], "baseline": "Always answering good."}
    dataset.save()
    return dataset


@pytest.fixture
def evaluation(parts, team, member):
    return make_evaluation(team, member, "parts")


@pytest.fixture
def listed(viewer, team, parts):
    client = token_of(viewer, team)

    def get(expected: int = 200, **query) -> dict:
        response = client.get("/api/v1/datasets/parts/examples", query)
        assert response.status_code == expected, response.text
        return response.json()

    return get


def test_all_of_them_page_by_page(listed, parts):
    assert [row["index"] for row in listed(page=2, page_size=90)["items"]] == list(range(90, 180))
    assert listed(page=9)["items"] == []
    row = listed()["items"][3]
    data = load(prepared.folder_of(parts.content_hash))
    assert row["label"] == data.facts.class_names[data.targets[3]]
    assert row["values"] == pytest.approx(data.inputs[3].tolist(), rel=1e-6)
    assert (row["split"], row["left_out"], row["note"]) == ("training", False, "")


def test_a_split_and_a_class_narrow_it(listed, parts):
    targets = load(prepared.folder_of(parts.content_hash)).targets
    expected = [index for index in range(150, 200) if targets[index] == 1]
    found = listed(split="test", class_name="scrap", page_size=500)
    assert [row["index"] for row in found["items"]] == expected
    assert found["count"] == len(expected)
    assert {row["split"] for row in found["items"]} == {"test"}


def test_what_an_evaluation_says_is_in_its_order(listed, evaluation):
    wrong = listed(evaluation=evaluation.id)["items"]
    assert [row["index"] for row in wrong] == [150, 7, 9]
    assert wrong[0]["note"] == "predicted scrap, 90%"
    assert [row["index"] for row in listed(evaluation=evaluation.id, true="scrap")["items"]] == [7]
    (problem,) = listed(evaluation=evaluation.id, answers="problems")["items"]
    assert problem["note"] == "perhaps scrap: 97%, and 2% for good"


def test_a_finding_leads_to_its_examples(listed, viewer, team):
    (version,) = token_of(viewer, team).get("/api/v1/datasets/parts/versions").json()
    (finding,) = version["findings"]
    assert finding == {"name": "copies", "message": "Copies.", "advice": "Leave them out.", "num_examples": 2}
    assert version["baseline"] == "Always answering good."
    assert [row["index"] for row in listed(finding=finding["name"])["items"]] == [8, 3]


@pytest.mark.parametrize("query", [{"class_name": "bad"}, {"finding": "leak"}, {"true": "bad"}, {"split": "middle"}])
def test_what_there_is_not_is_refused_at_its_name(listed, query):
    assert next(iter(query)) in str(listed(422, **query))


def test_what_is_not_there_is_said(listed, parts, evaluation, outsider, other_team):
    listed(404, version=7)
    assert token_of(outsider, other_team).get("/api/v1/datasets/parts/examples").status_code == 404
    evaluation.checkpoint.run.dataset = make_dataset(parts.team, parts.owner, name="others")
    evaluation.checkpoint.run.save()
    listed(404, evaluation=evaluation.id)
    parts.num_bytes = 0
    parts.save()
    assert "not prepared" in str(listed(409))
