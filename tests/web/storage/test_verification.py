"""Checkpoints whose files, manifest, spec or data are not what they were: each its own sentence, nothing changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.checkpoint_folders import make_checkpoint_with_files
from trainer.checkpoints.checkpoint_files import manifest_sha256
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import best, latest
from webapp.datasets.models import Dataset
from webapp.runs.models import Run
from webapp.storage import verification

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoint(run) -> Checkpoint:
    """The best and the latest of two."""
    make_checkpoint_with_files(run, 5, value=0.5)
    return make_checkpoint_with_files(run, 10, value=0.9)


def folder_of(checkpoint: Checkpoint, data: Path) -> Path:
    return data / checkpoint.key


def content_of(data: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in data.rglob("*")}


def change_manifest(folder: Path, **values: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def verify(client, checkpoint: Checkpoint) -> str:
    html = client.post(reverse("checkpoint-verify", args=[checkpoint.id]), follow=True).content.decode()
    checkpoint.refresh_from_db()
    return html


BAD = {
    "missing": (lambda folder: (folder / "state.npz").unlink(), "cp-0010/state.npz is missing."),
    "changed": (lambda folder: (folder / "state.npz").write_bytes(b"st4te"), "cp-0010/state.npz was changed"),
    "longer": (lambda folder: (folder / "state.npz").write_bytes(b"states"), "has 6 bytes instead of 5"),
    "extra": (lambda folder: (folder / "notes").touch(), "cp-0010/notes does not belong to the checkpoint."),
    "newer": (lambda folder: change_manifest(folder, format_version=2), "written by a newer release"),
    "older": (lambda folder: change_manifest(folder, format_version=0), "written by an older release"),
    "another": (lambda folder: change_manifest(folder, digest="e" * 64), "has different weights than"),
    "gone": (shutil.rmtree, "The files of cp-0010 are not in the data folder"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_bad_is_said_and_leaves_everything_as_it_was(client_of, member, data, run, checkpoint, name):
    break_it, sentence = BAD[name]
    break_it(folder_of(checkpoint, data))
    before = content_of(data)
    assert sentence in verify(client_of(member), checkpoint)
    assert sentence in str(checkpoint.damaged)
    assert content_of(data) == before


def test_a_damaged_one_is_neither_latest_nor_best_and_is_shown_as_damaged(client_of, member, data, run, checkpoint):
    (folder_of(checkpoint, data) / "state.npz").unlink()
    html = verify(client_of(member), checkpoint)
    assert "<strong>Damaged.</strong> cp-0010/state.npz is missing." in html
    assert reverse("checkpoint-download", args=[checkpoint.id]) not in html
    assert {latest(run).name, best(run).name} == {"cp-0005"}
    assert "mark-bad" in client_of(member).get(reverse("checkpoints")).content.decode()


def test_a_whole_one_is_said_to_be_whole(client_of, member, checkpoint):
    assert "cp-0010 is whole: every byte is as it was written." in verify(client_of(member), checkpoint)
    assert not checkpoint.damaged


def test_files_that_are_right_again_make_it_whole_again(client_of, member, data, run, checkpoint):
    state = folder_of(checkpoint, data) / "state.npz"
    state.rename(data / "aside")
    verify(client_of(member), checkpoint)
    (data / "aside").rename(state)
    assert "is whole" in verify(client_of(member), checkpoint)
    assert latest(run) == checkpoint


def test_one_whose_files_were_removed_is_not_verified(client_of, member, checkpoint):
    Checkpoint.objects.filter(pk=checkpoint.pk).update(purged_at=timezone.now())
    assert "there is nothing to verify" in verify(client_of(member), checkpoint)
    assert not checkpoint.damaged


def test_a_large_one_is_left_to_the_command(client_of, member, checkpoint, monkeypatch):
    monkeypatch.setattr(verification, "MOST_BYTES_ON_A_PAGE", 100)
    assert "scrub_checkpoints" in verify(client_of(member), checkpoint)


def test_a_bucket_that_is_away_is_no_damage(client_of, member, bucket, data, checkpoint, settings):
    shutil.rmtree(data / "runs")
    assert "not in the bucket yet" in verify(client_of(member), checkpoint)
    settings.CHECKPOINT_STORE = {"bucket_name": "no-such-bucket", "location": ""}
    assert "cannot be used" in verify(client_of(member), checkpoint)
    assert not checkpoint.damaged


def test_data_that_has_changed_since_is_said_without_calling_the_files_damaged(client_of, member, run, checkpoint):
    spec = run.spec | {"dataset": {"name": "digits", "content_hash": "a" * 64}}
    Run.objects.filter(pk=run.pk).update(spec=spec)
    Dataset.objects.filter(name="digits").update(state="finished", content_hash="b" * 64)
    html = client_of(member).get(reverse("checkpoint", args=[checkpoint.id])).content.decode()
    assert "The data of digits has changed since" in html
    assert "it can be downloaded and tried, but not evaluated or resumed" in html
    assert "is whole" in verify(client_of(member), checkpoint)


def test_a_spec_of_another_release_is_said_with_the_field(client_of, member, run, checkpoint):
    Run.objects.filter(pk=run.pk).update(spec=run.spec | {"dropconnect": 0.5})
    html = client_of(member).get(reverse("checkpoint", args=[checkpoint.id])).content.decode()
    assert "Its spec is not valid in this release (dropconnect:" in html


def forged(folder: Path) -> str:
    """Replace the files by others, and the manifest by one that agrees with them; returns the SHA-256 it had."""
    before = manifest_sha256(folder)
    (folder / "state.npz").write_bytes(b"other")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    files["state.npz"] = {"bytes": 5, "sha256": hashlib.sha256(b"other").hexdigest()}
    change_manifest(folder, files=files)
    return before


def test_a_manifest_made_to_match_other_files_is_not_the_one_on_record(client_of, member, data, checkpoint):
    sha256 = forged(folder_of(checkpoint, data))
    Checkpoint.objects.filter(pk=checkpoint.pk).update(manifest_sha256=sha256)
    assert "its SHA-256 is not the one on record" in verify(client_of(member), checkpoint)
    assert "manifest.json was changed" in str(checkpoint.damaged)


def test_one_of_an_old_release_gets_its_record_when_it_is_found_whole(client_of, member, data, checkpoint):
    assert checkpoint.manifest_sha256 == ""
    verify(client_of(member), checkpoint)
    assert checkpoint.manifest_sha256 == manifest_sha256(folder_of(checkpoint, data))
    forged(folder_of(checkpoint, data))
    assert "not the one on record" in verify(client_of(member), checkpoint)
    assert checkpoint.manifest_sha256 != manifest_sha256(folder_of(checkpoint, data))


def test_one_that_is_not_whole_gets_no_record(client_of, member, data, checkpoint):
    (folder_of(checkpoint, data) / "state.npz").unlink()
    verify(client_of(member), checkpoint)
    assert checkpoint.manifest_sha256 == ""
