"""Disk and quota are checked before a file is received, while it is, and before it is prepared."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest

from tests.factories import make_dataset
from webapp.datasets.models import Upload
from webapp.datasets.uploading import Announced, Refused
from webapp.storage import quota
from webapp.storage.datasets import receiving

Disk = namedtuple("Disk", "total used free")
GB = 10**9
UNDERSTOOD = {"kind": "image", "num_examples": 1000, "input_shape": [100, 100, 3]}


@pytest.fixture
def free(monkeypatch, data):
    def has(num_bytes):
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(0, 0, num_bytes))

    return has


@pytest.fixture
def upload(team, member, data):
    return receiving.begin(team, member, Announced("parts.csv", 10_000_000))


def limit(team, num_bytes):
    team.quota_bytes = num_bytes
    team.save()


def test_twice_the_file_must_be_free(team, member, free):
    free(4 * GB)
    with pytest.raises(Refused, match=r"parts.csv needs 2.4 GB .* has 4.0 GB free"):
        receiving.begin(team, member, Announced("parts.csv", 12 * GB // 10))
    assert receiving.begin(team, member, Announced("parts.csv", GB // 10))


def test_a_disk_that_fills_up_meanwhile_refuses_the_next_part_and_keeps_the_last(upload, free):
    receiving.append(upload, 0, b"one")
    free(GB)
    with pytest.raises(Refused, match=r"1.0 GB free"):
        receiving.append(upload, 3, b"two")
    free(100 * GB)
    receiving.append(upload, 3, b"two")
    assert Upload.objects.get().received_bytes == 6


def test_the_quota_is_checked_before_and_during(team, member, upload):
    limit(team, 9_000_000)
    with pytest.raises(Refused, match=r"needs 10.0 MB, and the team takes 0 B of its quota of 9.0 MB"):
        receiving.begin(team, member, Announced("other.csv", 10_000_000))
    receiving.append(upload, 0, b"x" * 1000)
    limit(team, 1500)
    with pytest.raises(Refused, match=r"takes 1.0 kB of its quota"):
        receiving.append(upload, 1000, b"x" * 1000)


def test_what_was_understood_must_fit_when_it_is_accepted(team, upload):
    Upload.objects.update(received_bytes=upload.num_bytes, understood=UNDERSTOOD, state="finished")
    upload.refresh_from_db()
    limit(team, 29_000_000)
    with pytest.raises(Refused, match="quota"):
        receiving.accept(upload)
    limit(upload.team, 31_000_000)
    receiving.accept(upload)
    assert upload.state == "queued"


def test_own_data_counts_once_for_each_team(team, other_team, member):
    dataset, twin = make_dataset(team, member), make_dataset(other_team)
    make_dataset(team, member, name="copy")
    assert dataset.content_hash == twin.content_hash
    assert quota.usage_of(team).data == quota.usage_of(other_team).data == dataset.num_bytes > 0
    Upload.objects.create(team=team, owner=member, file_name="a.csv", num_bytes=900, received_bytes=500)
    assert quota.usage_of(team).used == dataset.num_bytes + 500
