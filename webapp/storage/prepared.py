"""Prepared datasets in the store: in the folder ``datasets`` of the data folder, and in the bucket if there is one.

Each is named by the hash of its content. On a machine that did not prepare it, its folder is a copy from the bucket,
which is removed when it is unused for a while.
"""

from __future__ import annotations

import logging
import os
import re
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db.models import ProtectedError, Q

from trainer.data.prepared import ALL_FILES, DATASET_FILE, PreparedDamaged, read_prepared, verify
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.storage.bucket import NotHereYet, StoreError, StoreUnavailable, bucket, fetch_folder, reaching
from webapp.storage.store import bytes_in, remove_folder

logger = logging.getLogger(__name__)


class InUse(Explained):
    """A dataset that experiments use, so that it cannot be deleted."""


HASH = re.compile("[0-9a-f]{64}")
UNUSED_SECONDS = 7 * 24 * 60 * 60
# What was prepared is published and then gets its row; both take less than this.
ORPHANED_SECONDS = 24 * 60 * 60


def folder_of(content_hash: str) -> Path:
    """The folder on this machine, which may not exist."""
    if not HASH.fullmatch(content_hash):
        raise StoreError(Message("{given} is not the hash of a dataset.", given=repr(content_hash)))
    folder: Path = settings.DATA_DIR / "datasets" / content_hash
    return folder


def path_of(content_hash: str) -> Path:
    """The folder on this machine, fetched from the bucket and verified when it is not here yet.

    Raises :class:`NotHereYet` when it is neither here nor in the bucket, :class:`StoreError` when the copy in the
    bucket is damaged, and :class:`webapp.storage.bucket.StoreUnavailable` when the bucket does not answer.
    """
    folder = folder_of(content_hash)
    if (folder / DATASET_FILE).is_file():
        os.utime(folder)
        return folder
    place = bucket()
    if place is None:
        raise NotHereYet(
            Message("The dataset {hash}… is not in the data folder of this machine.", hash=content_hash[:12])
        )
    _remove_unused()
    with reaching():
        names = place.listdir(key_of(content_hash))[1]
    if DATASET_FILE not in names:
        raise NotHereYet(
            Message("The dataset {hash}… is not in the bucket yet. Prepare it again.", hash=content_hash[:12])
        )
    try:
        return fetch_folder(place, key_of(content_hash), names, folder, verify)
    except PreparedDamaged as error:
        raise StoreError(error.message) from None


def publish(content_hash: str) -> None:
    """Copy the folder into the bucket, if there is one. Calling it twice is harmless.

    Raises :class:`StoreError` when it is damaged, and :class:`webapp.storage.bucket.StoreUnavailable`.
    """
    place, folder = bucket(), folder_of(content_hash)
    if place is None or is_published(content_hash):
        return
    try:
        files = verify(folder).files
    except PreparedDamaged as damage:
        raise StoreError(damage.message) from None
    with reaching():
        for name in (*files, DATASET_FILE):  # what has the last one is complete
            with (folder / name).open("rb") as file:
                place.save(f"{key_of(content_hash)}/{name}", File(file))


def is_published(content_hash: str) -> bool:
    """Whether every machine can read it: it is completely in the bucket, or there is no bucket."""
    place = bucket()
    if place is None:
        return True
    with reaching():
        return bool(place.exists(f"{key_of(content_hash)}/{DATASET_FILE}"))


def size_of(content_hash: str) -> int:
    """The bytes of the folder on this machine; 0 when it is not here."""
    return bytes_in(folder_of(content_hash))


def delete(dataset: Dataset) -> None:
    """Delete a dataset of a team that no experiment uses, and its files unless another dataset has the same.

    Raises :class:`InUse`. Files that a bucket does not let go of are left behind.
    """
    try:
        dataset.delete()
    except ProtectedError:
        raise InUse(_used_by(dataset)) from None
    forget(dataset.content_hash)


def forget(content_hash: str) -> None:
    """Remove the files of a prepared dataset, unless a dataset of any team has them."""
    if content_hash and not Dataset.objects.filter(content_hash=content_hash).exists():
        try:
            _remove(content_hash)
        except StoreUnavailable as error:
            logger.warning("The files of the deleted dataset %s stay in the bucket: %s", content_hash, error)


def remove_orphans() -> None:
    """Remove own data that was prepared on this machine and that no dataset has. Called by the reconciler.

    An upload may be discarded, or its worker killed, after its data was prepared and before there is a row of it. A
    version that people made has its row, like any dataset, once it is complete.
    """
    limit = time.time() - ORPHANED_SECONDS
    for folder in (settings.DATA_DIR / "datasets").glob("*"):
        with suppress(OSError, PreparedDamaged):  # another process removes it as well
            is_old = HASH.fullmatch(folder.name) and folder.stat().st_mtime < limit
            if is_old and read_prepared(folder).facts.origin == "own" and not _is_named(folder.name):
                forget(folder.name)


def _is_named(content_hash: str) -> bool:
    """Whether the spec of a run names the data."""
    return Run.objects.filter(spec__dataset__content_hash=content_hash).exists()


def _used_by(dataset: Dataset) -> Message:
    """Names the experiments that are about it, or have runs or evaluations on it."""
    measured = Q(runs__checkpoints__evaluations__dataset=dataset)
    using = Experiment.objects.filter(Q(dataset=dataset) | Q(runs__dataset=dataset) | measured).distinct()
    names = [str(experiment) for experiment in using.order_by("-created_at")]
    return Message(
        "{count} experiment uses it: {names}. Its data stays readable for its runs.",
        plural="{count} experiments use it: {names}. Its data stays readable for their runs.",
        count=len(names),
        names=", ".join(names[:5]) + (", …" if len(names) > len(names[:5]) else ""),
    )


def _remove(content_hash: str) -> None:
    place = bucket()
    if place is not None:
        with reaching():
            for name in reversed(ALL_FILES):  # without dataset.json, the last of them, it is incomplete
                place.delete(f"{key_of(content_hash)}/{name}")
    remove_folder(folder_of(content_hash))


def key_of(content_hash: str) -> str:
    """Its prefix in the bucket."""
    return f"datasets/{folder_of(content_hash).name}"


def _remove_unused() -> None:
    """Make room for another copy. What is not in the bucket is no copy, and stays."""
    limit = time.time() - UNUSED_SECONDS
    for folder in (settings.DATA_DIR / "datasets").glob("*"):
        if HASH.fullmatch(folder.name) and folder.stat().st_mtime < limit and is_published(folder.name):
            remove_folder(folder)
