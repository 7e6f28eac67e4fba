"""An upload that is discarded at any moment leaves nothing behind: no row, no file, no prepared data."""

from __future__ import annotations

import os
import time

import pytest

from tests.factories import make_dataset
from tests.trainer.data.own.made import quiet
from tests.web.datasets.test_uploading import CONTENT, SIZE
from trainer.data.versions.corrections import Correction
from trainer.data.versions.mending import mend
from trainer.process.own_data import prepare_file, understand_file
from trainer.process.requests import ADAPTER
from webapp.datasets import uploading
from webapp.datasets.models import Dataset, Upload
from webapp.datasets.uploading import Announced
from webapp.jobs import lifecycle
from webapp.storage import prepared
from webapp.workers.handlers.datasets import UploadWork
from webapp.workers.handlers.needs import CannotContinue


@pytest.fixture
def work(team, member, data):
    """A worker's, on an upload that it has claimed and is to prepare."""
    upload = uploading.create(team, member, Announced("parts.csv", SIZE))
    uploading.append(upload, 0, CONTENT)
    Upload.objects.update(state="running", attempt=1, act="prepare")
    upload.refresh_from_db()
    work = UploadWork(upload)
    (work.folder / ".preparing-x").mkdir(parents=True)
    (work.folder / "trainer.log").write_text("half of it")
    return work


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def carried_out(work, data):
    """What the trainer answers to the request of ``work``."""
    command = ADAPTER.validate_python(work.request())
    about = command.path, command.choices, command.name, data / "datasets"
    return prepare_file(*about, quiet, out=command.out)


@pytest.mark.parametrize("when", ["while it is prepared", "before its row is written"])
def test_what_is_discarded_while_a_worker_prepares_it_is_gone(when, work, data):
    result = carried_out(work, data) if when == "before its row is written" else None
    uploading.discard(work.job)
    assert not lifecycle.renew(work.job)  # the worker ends its trainer
    if result is not None:
        with pytest.raises(CannotContinue, match=r"parts.csv is discarded"):
            work.fields_of(result)
    work.close()
    assert files_below(data / "uploads") + files_below(data / "imports") + files_below(data / "datasets") == []
    assert not Dataset.objects.filter(team=work.job.team).exists()


def test_what_is_prepared_in_the_end_stays(work, data):
    result = carried_out(work, data)
    assert lifecycle.end(work.job, "finished", **work.fields_of(result))
    work.close()
    dataset = Dataset.objects.get(team=work.job.team)
    assert (prepared.folder_of(dataset.content_hash) / "inputs.npy").exists()
    assert files_below(data / "uploads") + files_below(data / "imports") == []


def test_own_data_that_no_dataset_has_is_removed_after_a_day(work, data, team):
    orphan = carried_out(work, data)["summary"]["content_hash"]
    kept = make_dataset(team)
    mended = mend(prepared.folder_of(kept.content_hash), [Correction(index=0, label=None)], data / "datasets").name
    Dataset.objects.create(team=team, name=kept.name, version=2, facts=kept.facts, content_hash=mended, base=kept)
    prepared.remove_orphans()
    assert prepared.folder_of(orphan).exists()
    for folder in (data / "datasets").iterdir():
        os.utime(folder, (0, time.time() - prepared.ORPHANED_SECONDS - 60))
    prepared.remove_orphans()
    assert [prepared.folder_of(name).exists() for name in (orphan, kept.content_hash, mended)] == [False, True, True]


def test_a_file_is_hashed_when_it_is_first_read_and_must_be_the_announced_one(work, data):
    Upload.objects.update(act="understand", announced_sha256="0" * 64)
    work.job.refresh_from_db()
    command = ADAPTER.validate_python(work.request())
    with pytest.raises(ValueError, match="was announced: it was damaged on its way"):
        understand_file(command.path, command.choices, quiet, command.announced_sha256)
    found = understand_file(command.path, command.choices, quiet, "")
    assert work.fields_of(found)["sha256"] == found["sha256"]
    Upload.objects.update(sha256=found["sha256"])
    work.job.refresh_from_db()
    assert ADAPTER.validate_python(work.request()).hashed is False


def test_a_worker_without_the_file_says_so(work):
    uploading.forget_file(work.job)
    with pytest.raises(CannotContinue, match=r"parts.csv is not on this machine"):
        work.request()
