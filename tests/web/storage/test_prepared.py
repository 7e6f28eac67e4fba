"""Prepared datasets in the store: the data folder, and a bucket of a real S3 server."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from tests.factories import OWN_FACTS
from trainer.data.loading import load
from trainer.data.preparing import write_prepared
from webapp.storage import bucket as buckets
from webapp.storage import prepared
from webapp.storage.bucket import NotHereYet, StoreError, StoreUnavailable

pytestmark = pytest.mark.one_database


def written(data: Path, seed: int = 0) -> str:
    """A prepared dataset with every array that there may be, in the data folder; returns its hash."""
    inputs = np.random.default_rng(seed).normal(size=(200, 4)).astype(np.float32)
    targets = np.arange(200, dtype=np.int32) % 2
    facts = OWN_FACTS.model_copy(update={"group_name": "patient", "time_name": "day"})
    beside = {"groups": np.arange(200) // 4, "times": np.arange(200.0)}
    return write_prepared(facts, inputs, targets, data / "datasets", **beside).name


def lose(content_hash: str) -> None:
    """What another machine has: nothing."""
    shutil.rmtree(prepared.folder_of(content_hash))


@pytest.mark.parametrize("content_hash", ["", "..", "../runs", "A" * 64, "0" * 63, "0" * 64 + "/..", "0" * 64 + "\n"])
@pytest.mark.parametrize("act", [prepared.path_of, prepared.publish, prepared.size_of])
def test_what_is_no_hash_is_refused_before_a_path_is_built(data, act, content_hash):
    with pytest.raises(StoreError, match="is not the hash of a dataset"):
        act(content_hash)


def test_without_a_bucket_it_is_where_it_was_prepared(data):
    digest = written(data)
    prepared.publish(digest)
    assert prepared.path_of(digest) == data / "datasets" / digest
    assert prepared.size_of(digest) > 200 * 4 * 4
    lose(digest)
    with pytest.raises(NotHereYet, match="not in the data folder of this machine"):
        prepared.path_of(digest)


def test_another_machine_fetches_it_from_the_bucket_once(bucket, data):
    digest = written(data)
    prepared.publish(digest)
    before = load(prepared.path_of(digest)).inputs.copy()
    lose(digest)
    assert np.array_equal(load(prepared.path_of(digest)).inputs, before)
    for each in bucket.objects.all():
        each.delete()
    assert load(prepared.path_of(digest)).content_hash == digest
    assert sorted(path.name for path in (data / "datasets").iterdir()) == [digest]


def test_what_has_not_arrived_in_the_bucket_is_said(bucket, data):
    digest = written(data)
    lose(digest)
    with pytest.raises(NotHereYet, match="not in the bucket yet"):
        prepared.path_of(digest)


def test_a_copy_is_complete_only_with_its_last_file(bucket, data):
    digest = written(data)
    prepared.publish(digest)
    bucket.Object(f"team/datasets/{digest}/dataset.json").delete()
    assert not prepared.is_published(digest)
    prepared.publish(digest)
    assert prepared.is_published(digest)


def test_a_damaged_copy_is_never_used(bucket, data):
    digest = written(data)
    prepared.publish(digest)
    lose(digest)
    bucket.Object(f"team/datasets/{digest}/inputs.npy").put(Body=b"nothing")
    with pytest.raises(StoreError, match=r"inputs.npy has 7 bytes instead of \d+"):
        prepared.path_of(digest)
    assert not prepared.folder_of(digest).exists()


def test_a_damaged_folder_is_never_published(bucket, data):
    digest = written(data)
    (prepared.folder_of(digest) / "targets.npy").write_bytes(b"nothing")
    with pytest.raises(StoreError, match=r"targets\.npy has 7 bytes"):
        prepared.publish(digest)
    assert not prepared.is_published(digest)


def test_an_unavailable_bucket_is_not_a_lost_dataset(bucket, data, settings):
    digest = written(data)
    settings.CHECKPOINT_STORE = settings.CHECKPOINT_STORE | {"bucket_name": "no-such-bucket"}
    with pytest.raises(StoreUnavailable):
        prepared.publish(digest)
    lose(digest)
    with pytest.raises(StoreUnavailable):
        prepared.path_of(digest)
    buckets._connect.cache_clear()


def test_unused_copies_make_room_for_another(bucket, data):
    old, only_here, used, wanted = (written(data, seed) for seed in range(4))
    for digest in (old, used, wanted):
        prepared.publish(digest)
    lose(wanted)
    long_ago = time.time() - prepared.UNUSED_SECONDS - 60
    for digest in (old, only_here, used):
        os.utime(prepared.folder_of(digest), (long_ago, long_ago))
    prepared.path_of(used)
    prepared.path_of(wanted)
    assert {path.name for path in (data / "datasets").iterdir()} == {only_here, used, wanted}
