"""Where the files of checkpoints are: the data folder, and a bucket of a real S3 server."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest

from tests.web.checkpoint_folders import write_model
from trainer.checkpoints.checkpoint_files import Manifest, write
from webapp.storage import bucket as buckets
from webapp.storage import store
from webapp.storage.bucket import StoreError, StoreUnavailable

pytestmark = pytest.mark.one_database


def written(data: Path, epoch: int = 5) -> str:
    """A whole checkpoint in the data folder; returns its key."""
    parent = data / "runs" / uuid.uuid4().hex / "attempt-1" / "checkpoints"
    folder, _ = write(parent, Manifest(epoch, 0, "d" * 64, {}, {}, "c" * 64), write_model)
    return folder.relative_to(data).as_posix()


@pytest.mark.parametrize(
    "key", ["runs/x", "runs/../../cp-0005", "", "../bait", "cp-0005", "{bait}", "{key}\n", "{key}/.."]
)
@pytest.mark.parametrize("act", [store.path_of, store.publish, store.remove, store.size])
def test_a_key_of_another_form_is_refused_before_anything_is_touched(data, act, key):
    good = written(data)
    bait = data / "bait"
    bait.mkdir()
    with pytest.raises(StoreError, match="not a key"):
        act(key.format(bait=bait, key=good))
    assert bait.is_dir()
    assert store.path_of(good).is_dir()


def test_a_local_checkpoint_is_where_it_was_written(data):
    key = written(data)
    store.publish(key)
    assert store.path_of(key) == data / key
    assert store.size(key) > 7000


def test_a_local_checkpoint_that_is_gone_is_said_in_a_sentence(data):
    key = written(data)
    store.remove(key)
    store.remove(key)
    assert not (data / key).exists()
    assert store.size(key) == 0
    with pytest.raises(StoreError, match="not in the data folder"):
        store.path_of(key)


def test_what_is_not_whole_is_never_published(data):
    key = written(data)
    (data / key / "manifest.json").unlink()
    with pytest.raises(StoreError, match="not a whole checkpoint"):
        store.publish(key)


def test_another_machine_fetches_what_was_published(data, bucket):
    key = written(data)
    before = {path.name: path.read_bytes() for path in (data / key).iterdir()}
    store.publish(key)
    shutil.rmtree(data / "runs")
    fetched = store.path_of(key)
    assert {path.name: path.read_bytes() for path in fetched.iterdir()} == before
    assert store.path_of(key) == fetched


def test_publishing_twice_is_harmless_and_the_manifest_goes_last(data, bucket):
    key = written(data)
    store.publish(key)
    store.publish(key)
    objects = sorted(bucket.objects.filter(Prefix=f"team/{key}/"), key=lambda each: each.last_modified)
    assert {each.key.rpartition("/")[2] for each in objects} == {"manifest.json", "model.keras", "state.npz"}


def test_a_key_without_a_manifest_in_the_bucket_is_not_there(data, bucket):
    key = written(data)
    store.publish(key)
    bucket.Object(f"team/{key}/manifest.json").delete()
    shutil.rmtree(data / "runs")
    with pytest.raises(StoreError, match="not in the bucket"):
        store.path_of(key)


def test_a_changed_file_in_the_bucket_is_found_and_leaves_nothing_behind(data, bucket):
    key = written(data)
    store.publish(key)
    bucket.put_object(Key=f"team/{key}/state.npz", Body=b"st4te")
    shutil.rmtree(data / "runs")
    with pytest.raises(StoreError, match=r"cp-0005/state.npz was changed"):
        store.path_of(key)
    assert not list((data / "fetched").rglob("*.npz"))


def test_removing_empties_the_bucket_and_the_fetched_copy(data, bucket):
    key = written(data)
    store.publish(key)
    shutil.rmtree(data / "runs")
    assert store.size(key) > 7000
    fetched = store.path_of(key)
    store.remove(key)
    assert not fetched.exists()
    assert not list(bucket.objects.all())


def test_copies_that_nobody_asked_for_lately_make_room(data, bucket, monkeypatch):
    old, new = written(data), written(data)
    store.publish(old)
    store.publish(new)
    shutil.rmtree(data / "runs")
    fetched = store.path_of(old)
    monkeypatch.setattr(store, "FETCHED_SECONDS", -1)
    store.path_of(new)
    assert not fetched.exists()


def test_a_bucket_that_does_not_answer_is_away_and_not_empty(data, bucket, settings):
    key = written(data)
    settings.CHECKPOINT_STORE = {"bucket_name": "no-such-bucket", "location": ""}
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.publish(key)
    shutil.rmtree(data / "runs")
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.path_of(key)


def test_a_checkpoint_that_is_removed_while_it_is_uploaded_leaves_nothing(data, bucket, monkeypatch):
    key = written(data)
    storage = buckets.bucket()
    save = storage.save
    monkeypatch.setattr(storage, "save", lambda *given: (save(*given), shutil.rmtree(data / key, ignore_errors=True)))
    with pytest.raises(FileNotFoundError):
        store.publish(key)
    assert not list(bucket.objects.all())
    with pytest.raises(StoreError, match="not a whole checkpoint"):
        store.publish(key)
