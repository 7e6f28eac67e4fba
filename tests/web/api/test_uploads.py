"""A program brings the team's data: in parts, corrected, accepted, as on the pages."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.web.datasets.test_uploading import CONTENT, SIZE
from trainer.data.own.choices import Choices
from trainer.data.own.importing import understand
from webapp.datasets import uploading
from webapp.datasets.models import Dataset, Upload, UploadAct
from webapp.jobs.models import JobState
from webapp.teams.models import ApiToken

LEFT_OUT = [{"name": "width", "role": "out"}]
PARTS = {"name": "parts.csv", "num_bytes": SIZE}


@pytest.fixture
def client(data, team, member):
    return client_of(member, team)


def client_of(person, team):
    secret = ApiToken.issue(user=person, team=team, name="t")[1]
    return Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)


def post(client, path, body=None):
    return client.post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")


def put(client, upload_id, offset, content):
    address = f"/api/v1/uploads/{upload_id}/part?offset={offset}"
    return client.put(address, content, content_type="application/octet-stream")


def sent_whole(client):
    upload_id = post(client, "/datasets", PARTS).json()["id"]
    put(client, upload_id, 0, CONTENT)
    return Upload.objects.get(pk=upload_id)


def understood(upload):
    """The upload as a worker leaves it."""
    found = understand(uploading.file_of(upload), Choices())
    Upload.objects.filter(pk=upload.pk).update(state=JobState.FINISHED, understood=found.to_json())


def test_a_file_arrives_in_parts(client):
    begun = post(client, "/datasets", PARTS)
    upload_id = begun.json()["id"]
    assert (begun.status_code, begun.json()["received_bytes"]) == (201, 0)
    for offset in range(0, SIZE, 200):
        answer = put(client, upload_id, offset, CONTENT[offset : offset + 200])
        assert answer.status_code == 200, answer.content
    upload = Upload.objects.get(pk=upload_id)
    assert uploading.file_of(upload).read_bytes() == CONTENT
    assert (answer.json()["state"], answer.json()["act"]) == ("queued", "understand")


def test_a_part_that_is_not_due_is_refused_and_the_upload_says_which_is(client):
    upload_id = post(client, "/datasets", PARTS).json()["id"]
    put(client, upload_id, 0, CONTENT[:300])
    answer = put(client, upload_id, 100, CONTENT[100:200])
    assert (answer.status_code, answer.json()["detail"]) == (409, "The part at 300 is due.")
    assert client.get(f"/api/v1/uploads/{upload_id}").json()["received_bytes"] == 300
    assert (
        post(client, "/datasets", PARTS).json() | {"id": upload_id} == client.get(f"/api/v1/uploads/{upload_id}").json()
    )


def test_an_empty_part_is_refused(client):
    upload_id = post(client, "/datasets", PARTS).json()["id"]
    answer = put(client, upload_id, 0, b"")
    assert (answer.status_code, answer.json()["detail"]) == (409, "The part is empty. Send some of the file.")


def test_what_was_understood_is_told_and_can_be_corrected(client):
    upload = sent_whole(client)
    understood(upload)
    answer = client.get(f"/api/v1/uploads/{upload.pk}").json()
    assert (answer["understood"]["target_name"], answer["understood"]["num_examples"]) == ("quality", 50)
    assert [(each["name"], each["role"], each["reason"]) for each in answer["understood"]["columns"]] == [
        ("length", "input", ""),
        ("width", "input", ""),
        ("quality", "target", ""),
    ]
    assert answer["understood"]["classes"] == [{"name": "good", "count": 25}, {"name": "scrap", "count": 25}]
    corrected = post(client, f"/uploads/{upload.pk}/look", {"target": "length", "columns": LEFT_OUT})
    upload.refresh_from_db()
    assert (corrected.status_code, upload.state, upload.choices["target"]) == (202, "queued", "length")
    assert upload.choices["columns"] == [{"name": "width", "type": "auto", "role": "out"}]
    assert corrected.json()["understood"] is None


def test_what_was_understood_is_accepted(client):
    upload = sent_whole(client)
    understood(upload)
    answer = post(client, f"/uploads/{upload.pk}/accept")
    upload.refresh_from_db()
    assert (answer.status_code, upload.state, upload.act) == (202, "queued", UploadAct.PREPARE)


@pytest.mark.parametrize(
    ("act", "is_whole", "sentence"),
    [
        ("look", False, "bytes of parts.csv are missing. Send them first."),
        ("accept", False, "bytes of parts.csv are missing. Send them first."),
        ("accept", True, "A worker has not understood parts.csv yet."),
    ],
)
def test_what_comes_too_early_is_refused(act, is_whole, sentence, client):
    upload_id = post(client, "/datasets", PARTS).json()["id"]
    if is_whole:
        put(client, upload_id, 0, CONTENT)
        Upload.objects.update(state=JobState.FAILED)
    answer = post(client, f"/uploads/{upload_id}/{act}")
    assert (answer.status_code, sentence in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("act", ["look", "accept"])
def test_what_is_a_dataset_already_is_refused(act, client, team):
    upload = sent_whole(client)
    made = Dataset.objects.create(team=team, name="parts")
    Upload.objects.update(state=JobState.FINISHED, dataset=made)
    answer = post(client, f"/uploads/{upload.pk}/{act}")
    assert (answer.status_code, answer.json()["detail"]) == (409, "parts.csv is the dataset parts already.")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/datasets", {"name": "parts.csv", "num_bytes": 0}, "num_bytes"),
        ("/datasets", {"name": "a\x00.csv", "num_bytes": 9}, "name"),
        ("/uploads/{id}/look", {"height": 1}, "height"),
        ("/uploads/{id}/look", {"columns": [{"name": "a\x00"}]}, "columns.0.name"),
        ("/uploads/{id}/look", {"columns": [{"name": "a", "role": "none"}]}, "columns.0.role"),
        ("/uploads/{id}/look", {"classes": ["a\x00"]}, "classes.0"),
        ("/uploads/{id}/look", {"colours": 3}, "colours"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(path, body, field, client):
    upload = sent_whole(client)
    answer = post(client, path.format(id=upload.pk), body)
    assert (answer.status_code, [problem["path"] for problem in answer.json()["problems"]]) == (422, [field])


def test_what_is_discarded_is_gone(client):
    upload = sent_whole(client)
    assert post(client, f"/uploads/{upload.pk}/discard").status_code == 204
    assert client.get(f"/api/v1/uploads/{upload.pk}").status_code == 404


def test_a_file_that_is_not_accepted_is_refused(client):
    answer = post(client, "/datasets", {"name": "notes.docx", "num_bytes": 10})
    assert (answer.status_code, "accepted: .zip" in answer.json()["detail"]) == (409, True)
