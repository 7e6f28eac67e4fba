"""The same file again is recognised by its team and by nobody else, and is stored once."""

from __future__ import annotations

import hashlib

import pytest
from django.urls import reverse

from tests.factories import make_dataset, make_user
from tests.web.api.test_uploads import client_of as program_of
from tests.web.api.test_uploads import post
from tests.web.datasets.test_uploading import CONTENT, SIZE, sent
from webapp.datasets import uploading
from webapp.datasets.models import Upload
from webapp.datasets.recognising import fingerprint_of, known_dataset

SHA256 = hashlib.sha256(CONTENT).hexdigest()
FINGERPRINT = hashlib.sha256(f"{SIZE}\n".encode() + CONTENT).hexdigest()


def begun(client, fingerprint=FINGERPRINT, **more):
    return client.post(
        reverse("upload-begin"), {"name": "parts.csv", "size": SIZE, "fingerprint": fingerprint, **more}
    ).json()


@pytest.fixture
def known(team, member, data):
    """A dataset that came from the file."""
    dataset = make_dataset(team, member)
    Upload.objects.create(
        team=team,
        owner=member,
        file_name="earlier.csv",
        num_bytes=SIZE,
        received_bytes=SIZE,
        fingerprint=FINGERPRINT,
        sha256=SHA256,
        dataset=dataset,
        state="finished",
    )
    return dataset


def test_a_colleague_is_told_before_anything_is_sent_and_may_send_it_all_the_same(client_of, team, known):
    client = client_of(make_user("colleague@example.org", team))
    answer = begun(client)
    assert (answer["known"]["page"], str(known.title) in answer["known"]["said"]) == (known.get_absolute_url(), True)
    assert Upload.objects.count() == 1
    assert begun(client, again="1")["received"] == 0


def test_another_team_learns_nothing(client_of, outsider, other_team, known):
    assert "known" not in begun(client_of(outsider))
    assert known_dataset(other_team, SIZE, sha256=SHA256) is None


@pytest.mark.parametrize("other", [{"fingerprint": "0" * 64}, {"fingerprint": ""}, {"size": SIZE + 1}])
def test_another_file_is_not_taken_for_it(other, client_of, member, known):
    assert "known" not in begun(client_of(member), **other)


def test_a_program_gets_the_dataset_at_once(team, member, known):
    body = {"name": "parts.csv", "num_bytes": SIZE, "sha256": SHA256}
    colleague = program_of(make_user("colleague@example.org", team), team)
    answer = post(colleague, "/datasets", body)
    assert (answer.status_code, answer.json()["dataset"]) == (200, known.name)
    assert colleague.get(f"/api/v1/uploads/{answer.json()['id']}").json()["state"] == "finished"
    assert post(colleague, "/datasets", body).json()["id"] == answer.json()["id"]
    assert post(colleague, "/datasets", body | {"again": True}).status_code == 201


def test_a_hash_that_is_none_is_refused(client_of, team, member, data):
    assert "is no SHA-256" in begun(client_of(member), "x" * 64)["error"]
    body = {"name": "parts.csv", "num_bytes": SIZE, "sha256": "x"}
    assert post(program_of(member, team), "/datasets", body).status_code == 422


def test_another_file_of_the_same_name_and_size_does_not_continue_the_first(client_of, member, data):
    client = client_of(member)
    begun(client)
    sent(client, Upload.objects.get(), 0, CONTENT[:300])
    assert begun(client)["received"] == 300
    assert begun(client, "0" * 64)["received"] == 0


def test_a_file_that_changes_while_it_is_sent_begins_again(client_of, member, data):
    client = client_of(member)
    begun(client)
    upload = Upload.objects.get()
    sent(client, upload, 0, CONTENT[:300])
    answer = sent(client, upload, 300, CONTENT[300:].replace(b"scrap", b"SCRAP"))
    assert (answer.status_code, "changed while it was sent" in answer.json()["error"]) == (422, True)
    assert begun(client)["received"] == 0
    sent(client, upload, 0, CONTENT)
    upload.refresh_from_db()
    assert (upload.state, upload.fingerprint) == ("queued", fingerprint_of(uploading.file_of(upload)))


def test_the_page_of_an_upload_says_which_dataset_it_is(client_of, member, team, known):
    again = Upload.objects.create(
        team=team, owner=member, file_name="b.csv", num_bytes=SIZE, received_bytes=SIZE, sha256=SHA256, state="failed"
    )
    page = client_of(member).get(reverse("upload", args=[again.pk])).text
    assert "This file is the dataset" in page
    assert known.get_absolute_url() in page


def test_a_dataset_is_still_recognised_when_its_file_is_long_gone(team, known):
    Upload.objects.update(queued_at="2020-01-01T00:00Z", understood={"layout": "x"})
    uploading.forget_old_uploads()
    assert known_dataset(team, SIZE, sha256=SHA256) == known
    assert Upload.objects.get().understood == {}
