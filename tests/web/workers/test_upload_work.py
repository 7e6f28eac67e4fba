"""What a worker is asked to do with an uploaded file, and what becomes of its answers."""

from __future__ import annotations

import json

import pytest

from tests.trainer.data.own.made import classes, picture, quiet, zipped
from trainer.process.own_data import prepare_file, understand_file
from trainer.process.requests import ADAPTER, PrepareOwnCommand
from webapp.datasets import uploading
from webapp.datasets.access import find_dataset
from webapp.datasets.models import Dataset, Upload, UploadAct
from webapp.workers.handlers.datasets import UploadWork
from webapp.workers.handlers.needs import CannotContinue

SHADES = {"cat": (10, 20, 30), "dog": (110, 120, 130)}


@pytest.fixture
def upload_of(member, data, tmp_path):
    """A file of a team that has arrived, and is to be worked on."""

    def arrived(team, act=UploadAct.UNDERSTAND, name="pets.zip", files=None):
        path = zipped(tmp_path / "made.zip", files or classes("cat", "dog"))
        size, choices = path.stat().st_size, {"title": "Pets"}
        known = {"file_name": name, "num_bytes": size, "received_bytes": size, "act": act, "choices": choices}
        upload = Upload.objects.create(team=team, owner=member, state="running", **known)
        uploading.file_of(upload).parent.mkdir(parents=True)
        uploading.file_of(upload).write_bytes(path.read_bytes())
        return upload

    return arrived


def carried_out(upload, settings):
    """The answer of a trainer, as it comes through its file of events."""
    work = UploadWork(upload)
    work.folder.mkdir(parents=True, exist_ok=True)
    command = ADAPTER.validate_json(json.dumps(work.request()))
    if isinstance(command, PrepareOwnCommand):
        about = command.path, command.choices, command.name, settings.DATA_DIR / "datasets"
        answer = prepare_file(*about, quiet, out=command.out, previous=command.previous)
    else:
        answer = understand_file(command.path, command.choices, quiet)
    return json.loads(json.dumps(answer))


def test_what_was_understood_is_kept_for_the_page(upload_of, team, settings):
    upload = upload_of(team)
    fields = UploadWork(upload).fields_of(carried_out(upload, settings))
    assert [each["name"] for each in fields["understood"]["classes"]] == ["cat", "dog"]
    assert not Dataset.objects.filter(team=team).exists()


def test_what_was_shown_of_pictures_is_what_is_prepared(upload_of, team, settings):
    upload = upload_of(team)
    upload.understood = UploadWork(upload).fields_of(carried_out(upload, settings))["understood"]
    upload.act = UploadAct.PREPARE
    settled = {"title": "Pets", "height": 8, "width": 9, "colour": "grey", "group": ""}
    assert UploadWork(upload).request()["choices"] == settled
    upload.understood |= {"source": "arrays"}
    assert UploadWork(upload).request()["choices"] == {"title": "Pets"}


def test_what_was_prepared_is_a_dataset_of_the_team(upload_of, team, member, settings):
    upload = upload_of(team, UploadAct.PREPARE)
    dataset = UploadWork(upload).fields_of(carried_out(upload, settings))["dataset"]
    assert (dataset.team, dataset.owner, dataset.name, dataset.facts.title) == (team, member, "pets", "Pets")
    assert (dataset.is_stored, dataset.is_described, dataset.is_finished) == (True, True, True)


def test_another_team_gives_the_same_data_its_own_name(upload_of, team, other_team, settings):
    theirs = upload_of(other_team, UploadAct.PREPARE)
    UploadWork(theirs).fields_of(carried_out(theirs, settings))
    upload = upload_of(team, UploadAct.PREPARE)
    upload.choices = {"title": "Animals of ours"}
    dataset = UploadWork(upload).fields_of(carried_out(upload, settings))["dataset"]
    assert (dataset.name, dataset.facts.name, dataset.facts.title) == (*["animals-of-ours"] * 2, "Animals of ours")


def test_the_same_data_is_one_dataset_in_a_team_and_one_folder_for_all(upload_of, team, other_team, settings):
    uploads = [upload_of(each, UploadAct.PREPARE) for each in (team, team, other_team)]
    made = [UploadWork(upload).fields_of(carried_out(upload, settings))["dataset"] for upload in uploads]
    assert made[0] == made[1] != made[2]
    assert len({dataset.content_hash for dataset in made}) == 1


def test_a_file_may_be_the_next_version_of_a_dataset_and_says_what_differs(upload_of, team, settings):
    files = {f"{name}/{shade}.png": picture(shade) for name in ("cat", "dog") for shade in SHADES[name]}
    first = upload_of(team, UploadAct.PREPARE, files=files)
    before = UploadWork(first).fields_of(carried_out(first, settings))["dataset"]
    files.pop("cat/10.png")
    later = upload_of(team, UploadAct.PREPARE, files=files | {"dog/new.png": picture(77)})
    later.version_of = before
    made = UploadWork(later).fields_of(carried_out(later, settings))["dataset"]
    assert (made.name, made.version, made.base, made.facts.title) == ("pets", 2, before, "Pets")
    found = made.summary["difference"]
    assert (found["added"], found["removed"], found["relabelled"]) == (1, 1, 0)
    assert find_dataset(team, "pets") == made


def test_a_file_on_another_machine_is_said(upload_of, team):
    upload = upload_of(team)
    uploading.forget_file(upload)
    with pytest.raises(CannotContinue, match="is not on this machine"):
        UploadWork(upload).request()
