"""Receiving a file in parts: in order, once, by its owner, and as far as the disk allows."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tests.trainer.data.own.made import classes, picture, zipped
from trainer.data.own.choices import Choices
from trainer.data.own.importing import understand
from webapp.datasets import uploading
from webapp.datasets.models import Dataset, Upload, UploadAct
from webapp.jobs.models import JobState

ROWS = [f"{n % 7},{n % 5},{['good', 'scrap'][n % 2]}" for n in range(50)]
CONTENT = "\n".join(["length,width,quality", *ROWS]).encode()
SIZE = len(CONTENT)


def begun(client, name="parts.csv", size=SIZE):
    return client.post(reverse("upload-begin"), {"name": name, "size": size})


def sent(client, upload, offset, content):
    address = f"{reverse('upload-part', args=[upload.pk])}?offset={offset}"
    return client.post(address, content, content_type="application/octet-stream")


@pytest.fixture
def client(member, client_of, data):
    return client_of(member)


def test_a_file_arrives_in_parts_and_a_worker_is_asked_to_read_it(client, team, member):
    answer = begun(client).json()
    upload = Upload.objects.get()
    assert (answer["received"], upload.team, upload.owner, upload.state) == (0, team, member, "stopped")
    for offset in range(0, len(CONTENT), 200):
        sent(client, upload, offset, CONTENT[offset : offset + 200])
    upload.refresh_from_db()
    assert uploading.file_of(upload).read_bytes() == CONTENT
    assert (upload.is_received, upload.state, upload.act) == (True, JobState.QUEUED, UploadAct.UNDERSTAND)
    assert upload.choices["title"] == "parts"


def test_a_next_version_of_no_dataset_is_not_prepared(client):
    begun(client)
    upload = Upload.objects.get()
    answer = client.post(reverse("upload-accept", args=[upload.pk]), {"version_of": "gone"})
    assert answer.status_code == 404


def test_a_part_that_is_not_due_says_which_is(client):
    begun(client)
    upload = Upload.objects.get()
    sent(client, upload, 0, CONTENT[:300])
    for offset in (0, 100, 400):
        answer = sent(client, upload, offset, CONTENT[offset : offset + 100])
        assert (answer.status_code, answer.json()["received"]) == (409, 300)
    assert uploading.file_of(upload).read_bytes() == CONTENT[:300]


def test_the_same_file_goes_on_where_it_ended(client):
    begun(client)
    sent(client, Upload.objects.get(), 0, CONTENT[:300])
    assert begun(client).json()["received"] == 300
    assert Upload.objects.count() == 1
    assert begun(client, size=len(CONTENT) + 1).json()["received"] == 0


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("notes.docx", 10, "notes.docx is not accepted; accepted: .zip"),
        ("noending", 10, "is not accepted"),
        ("data.csv", 0, "data.csv is empty"),
        ("data.csv", "many", "size: 'many' given; accepted: a number."),
        ("data.zip", 10**16, "GB free"),
        ("data.zip", "9" * 5000, "size: '99999999999999999999' given; accepted: a number."),
        ("da\0ta.zip", 10, "U+0000"),
    ],
)
def test_what_cannot_be_received_is_refused_at_once(name, size, sentence, client):
    answer = begun(client, name, size)
    assert (answer.status_code, sentence in answer.json()["error"]) == (422, True)
    assert not Upload.objects.exists()


@pytest.mark.parametrize("offset", ["9" * 5000, "-1", "x", ""])
def test_an_offset_that_is_none_says_which_part_is_due(offset, client):
    begun(client)
    answer = sent(client, Upload.objects.get(), offset, CONTENT[:10])
    assert (answer.status_code, answer.json()["received"]) == (409, 0)


def test_a_preparation_that_failed_can_be_tried_again(client):
    begun(client)
    upload = Upload.objects.get()
    sent(client, upload, 0, CONTENT)
    known = understand(uploading.file_of(upload), Choices()).to_json()
    Upload.objects.update(state="failed", act="prepare", understood=known, error="The bucket is unavailable.")
    page = client.get(reverse("upload", args=[upload.pk])).text
    assert ("Create dataset" in page, "Nothing can be learnt" in page, "The bucket is unavailable." in page) == (
        True,
        False,
        True,
    )


def test_a_part_beyond_the_end_is_refused(client):
    begun(client, size=10)
    answer = sent(client, Upload.objects.get(), 0, CONTENT)
    assert (answer.status_code, "ends beyond" in answer.json()["error"]) == (422, True)


def test_no_name_leads_out_of_the_folder(client, settings):
    begun(client, name="../../../etc/passwd.csv")
    upload = Upload.objects.get()
    assert upload.file_name == "passwd.csv"
    assert uploading.file_of(upload).is_relative_to(settings.DATA_DIR / "uploads")


def test_a_discarded_file_leaves_nothing(client):
    begun(client)
    upload = Upload.objects.get()
    sent(client, upload, 0, CONTENT[:300])
    client.post(reverse("upload-discard", args=[upload.pk]))
    assert not uploading.file_of(upload).parent.exists()
    assert not Upload.objects.exists()


def test_only_its_owner_and_admins_see_an_upload(client, client_of, admin, viewer, outsider, team):
    begun(client)
    page = reverse("upload", args=[Upload.objects.get().pk])
    assert [client_of(person).get(page).status_code for person in (admin, viewer, outsider)] == [200, 403, 404]


def test_names_of_datasets_are_free(team, tmp_path):
    assert uploading.free_name(team, "Machine parts!") == "machine-parts"
    Dataset.objects.create(team=team, name="machine-parts")
    assert uploading.free_name(team, "Machine parts") == "machine-parts-2"
    assert uploading.free_name(team, "Digits") == "digits-2"
    assert uploading.free_name(team, "丢弃") == "data"
    assert uploading.free_name(team, "new") == "new-2"


def test_the_page_shows_what_was_understood_and_takes_corrections(client, tmp_path):
    begun(client, name="pets.zip", size=10)
    upload = Upload.objects.get()
    files = classes("cat", "dog") | {"cat/notes.txt": b"x", "cover.png": picture()}
    path = zipped(tmp_path / "pets.zip", files)
    known = json.loads(json.dumps(understand(path, Choices()).to_json()))
    Upload.objects.update(state="finished", received_bytes=10, understood=known, choices={"title": "pets"})
    page = client.get(reverse("upload", args=[upload.pk])).text
    assert page.count("data:image/png;base64,") == 6 + 1
    for text in (
        "9 × 8",
        "Use the picture without a class as a class “other”",
        "One folder for each class",
        "cat",
        "dog",
        "cat/notes.txt",
        "It is no picture",
        "Create dataset",
    ):
        assert text in page
    wrong = {"title": "Pets", "height": 4, "width": 32, "resize": "pad", "colour": "auto", "task": "auto"}
    refused = client.post(reverse("upload-look", args=[upload.pk]), wrong)
    assert (refused.status_code, "greater than or equal to 8" in refused.text) == (422, True)
    client.post(reverse("upload-look", args=[upload.pk]), wrong | {"height": 32})
    upload.refresh_from_db()
    assert (upload.state, upload.understood, upload.choices["resize"]) == ("queued", {}, "pad")


def test_a_remedy_is_one_click(client, tmp_path):
    begun(client, name="pets.zip", size=10)
    upload = Upload.objects.get()
    known = understand(zipped(tmp_path / "pets.zip", classes("a", "b") | {"c.png": picture()}), Choices()).to_json()
    known = json.loads(json.dumps(known))
    Upload.objects.update(state="finished", received_bytes=10, understood=known, choices={"resize": "pad"})
    for number in ("7", "x", ""):
        answer = client.post(reverse("upload-remedy", args=[upload.pk]), {"number": number}, follow=True)
        assert "read again in the meantime" in answer.text
    client.post(reverse("upload-remedy", args=[upload.pk]), {"number": "0"})
    upload.refresh_from_db()
    assert (upload.state, upload.choices["unlabelled"], upload.choices["resize"]) == ("queued", "other", "pad")
    Upload.objects.update(state="finished", understood=known)
    assert 'name="unlabelled"' in client.get(reverse("upload", args=[upload.pk])).text


def test_the_page_proposes_a_group_and_a_time_which_can_be_refused(client, tmp_path):
    begun(client, size=10)
    upload = Upload.objects.get()
    rows = [f"p{n % 12},2026-01-{1 + n % 28:02},{n % 7},{n % 2}" for n in range(60)]
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(["patient,day,size,target", *rows]))
    Upload.objects.update(state="finished", received_bytes=10, understood=understand(path, Choices()).to_json())
    page = client.get(reverse("upload", args=[upload.pk])).text
    for text in ('<option value="patient" selected>', '<option value="day" selected>', "patient is taken as the group"):
        assert text in page
    answers = {"target": "target", "task": "auto", "group": "", "time": "day", "delimiter": "auto", "header": "auto"}
    answers |= {"missing_rows": "keep", "encoding": "auto", "decimal": "auto"}
    client.post(reverse("upload-look", args=[upload.pk]), answers)
    upload.refresh_from_db()
    assert (upload.choices["group"], upload.choices["time"]) == ("", None), "a guess that is left alone stays one"
