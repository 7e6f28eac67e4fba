"""The files of checkpoints: in the data folder, and in a bucket when one is configured.

A key such as ``runs/<run id>/attempt-1/checkpoints/cp-0005`` is the checkpoint's folder below the data folder and
its prefix in the bucket. The manifest is uploaded last and removed first, so a key that has a manifest is complete.
Copies that were fetched from the bucket are below ``fetched/`` and are removed when unused for a while.
"""

from __future__ import annotations

import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage

from trainer.checkpoints.checkpoint_files import refuse_links, verify
from trainer.errors import CheckpointDamaged
from trainer.messages.message import Message, joined
from webapp.storage.bucket import NotHereYet, StoreError, bucket, fetch_folder, reaching

MANIFEST = "manifest.json"
FETCHED = "fetched"
RUN_ID = r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
KEY = re.compile(rf"runs/{RUN_ID}/attempt-[0-9]{{1,9}}/checkpoints/cp-[0-9]{{4,9}}(?:-s[0-9]{{1,9}})?")
# The name of a folder while it is being removed, see `remove_folder`.
REMOVING = re.compile(r"\.removing-(.+)-[0-9a-f]{8}")
SIGNED_SECONDS = 300
FETCHED_SECONDS = 24 * 60 * 60
# The folder "runs" may be a link, but none of these below it: the run, its attempt, "checkpoints", the checkpoint.
LEVELS = 4


@dataclass(frozen=True)
class PartialRemoval:
    """What is left of an interrupted removal: of a checkpoint, or without ``key`` of a whole run's folder."""

    path: Path
    run: uuid.UUID
    key: str = ""


def path_of(key: str, manifest_sha256: str = "") -> Path:
    """The local folder of the checkpoint, fetched from the bucket and verified when it is not here yet.

    A fetched manifest must have the recorded hash ``manifest_sha256``. Raises :class:`StoreError` when the checkpoint
    is missing or incomplete, :class:`NotHereYet` when it is not in the bucket yet, and :class:`StoreUnavailable` when
    the bucket does not answer.
    """
    folder = _folder(key)
    if (folder / MANIFEST).is_file():
        return _without_links(folder)
    place = bucket()
    if place is None and folder.is_dir():
        raise _not_whole(folder)
    if place is None:
        raise StoreError(
            Message("The files of {checkpoint} are not in the data folder of this machine.", checkpoint=folder.name)
        )
    fetched = _fetched_folder(key)
    if (fetched / MANIFEST).is_file():
        os.utime(fetched)
        return _without_links(fetched)
    _forget_old_copies()
    return _fetch(place, key, fetched, manifest_sha256)


def _without_links(folder: Path) -> Path:
    try:
        refuse_links(folder, LEVELS)
    except CheckpointDamaged as refusal:
        raise StoreError(refusal.message) from None
    return folder


def _not_whole(folder: Path) -> StoreError:
    names = {"checkpoint": folder.name, "file": MANIFEST}
    return StoreError(Message("{checkpoint} has no {file}; it is not a whole checkpoint.", **names))


def publish(key: str, manifest_sha256: str = "") -> None:
    """Copy the local folder into the bucket, if there is one. Calling it twice is harmless.

    Raises :class:`StoreError` when the folder is damaged, or its manifest does not have the hash ``manifest_sha256``.
    """
    folder = _folder(key)
    if not (folder / MANIFEST).is_file():
        raise _not_whole(folder)
    place = bucket()
    if place is None or is_published(key):
        return
    try:
        verify(_without_links(folder), manifest_sha256)
    except CheckpointDamaged as damage:
        raise StoreError(damage.message) from None
    try:
        with reaching():
            for name in sorted(_names_in(folder), key=lambda name: name == MANIFEST):
                with (folder / name).open("rb") as file:
                    place.save(f"{key}/{name}", File(file))
    finally:
        if not folder.exists():  # it was removed during the upload
            _empty(place, key)


def is_published(key: str) -> bool:
    """Whether every machine can read it: it is completely in the bucket, or there is no bucket."""
    place = bucket()
    if place is None:
        return True
    with reaching():
        return bool(place.exists(f"{_checked(key)}/{MANIFEST}"))


def signed_address(key: str, name: str, disposition: str) -> str:
    """A signed address of the file, valid for :data:`SIGNED_SECONDS`; "" when it is not in a bucket.

    Raises :class:`StoreUnavailable` when the bucket does not answer.
    """
    place = bucket()
    if place is None or not is_published(key):
        return ""
    with reaching():
        # Only the S3 storage takes these arguments, and buckets are always reached through it.
        sign: Callable[..., str] = place.url
        how = {"ResponseContentDisposition": disposition}
        return sign(f"{key}/{name}", parameters=how, expire=SIGNED_SECONDS)


def remove(key: str) -> int:
    """Remove the files everywhere and return how many bytes were freed; missing files are no error."""
    folders = (_fetched_folder(key), _folder(key))
    place = bucket()
    freed = _empty(place, key) if place is not None else 0
    return freed + sum(remove_folder(folder) for folder in folders)


def size(key: str) -> int:
    """Bytes that :func:`remove` would free: on this machine and in the bucket."""
    here = bytes_in(_folder(key)) + bytes_in(_fetched_folder(key))
    place = bucket()
    if place is None:
        return here
    with reaching():
        return here + sum(place.size(f"{key}/{name}") for name in place.listdir(key)[1])


def free_bytes() -> int | None:
    """Free bytes on the disk of the data folder; ``None`` with a bucket, whose limit is unknown."""
    return None if bucket() is not None else shutil.disk_usage(settings.DATA_DIR).free


def bytes_in(folder: Path) -> int:
    """The size of all files below ``folder``; 0 when it does not exist."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def is_there() -> bool:
    """Whether the store exists. A data folder without runs was most likely not mounted."""
    return bucket() is not None or (settings.DATA_DIR / "runs").is_dir()


def keys() -> set[str]:
    """The keys of all checkpoints on this machine and in the bucket."""
    here = (path for path in settings.DATA_DIR.glob("runs/*/attempt-*/checkpoints/cp-*") if path.is_dir())
    found = {path.relative_to(settings.DATA_DIR).as_posix() for path in here}
    place = bucket()
    if place is not None:
        with reaching():
            found |= set(_keys_below(place, "runs", depth=4))
    return {key for key in found if KEY.fullmatch(key)}


def _keys_below(place: Storage, folder: str, depth: int) -> Iterator[str]:
    if depth == 0:
        yield folder
        return
    for name in place.listdir(folder)[0]:
        yield from _keys_below(place, f"{folder}/{name}", depth - 1)


def half_removed() -> list[PartialRemoval]:
    """Folders that were renamed for removal and still exist."""
    found = []
    for path in sorted(settings.DATA_DIR.glob("runs/*/attempt-*/checkpoints/.removing-*")):
        name = REMOVING.fullmatch(path.name)
        key = f"{path.parent.relative_to(settings.DATA_DIR).as_posix()}/{name[1]}" if name else ""
        if KEY.fullmatch(key):
            found.append(PartialRemoval(path, run_of(key), key))
    for path in sorted(settings.DATA_DIR.glob("runs/.removing-*")):
        name = REMOVING.fullmatch(path.name)
        if name and re.fullmatch(RUN_ID, name[1]):
            found.append(PartialRemoval(path, uuid.UUID(name[1])))
    return found


def finish_removal(partial: PartialRemoval) -> int:
    """Remove what is left of it; returns how many bytes were freed."""
    num_bytes = bytes_in(partial.path)
    shutil.rmtree(partial.path, ignore_errors=True)  # the process that began may still be removing it
    return num_bytes


def run_of(key: str) -> uuid.UUID:
    """The id of the run that a key belongs to."""
    return uuid.UUID(_checked(key).split("/")[1])


def attempt_of(key: str) -> int:
    """The attempt that wrote the checkpoint."""
    return int(_checked(key).split("/")[2].removeprefix("attempt-"))


def _folder(key: str) -> Path:
    """The checkpoint's folder in the data folder."""
    folder: Path = settings.DATA_DIR / _checked(key)
    return folder


def _fetched_folder(key: str) -> Path:
    """The folder of a copy from the bucket."""
    folder: Path = settings.DATA_DIR / FETCHED / _checked(key)
    return folder


def _checked(key: str) -> str:
    """The key, or an error before a path is built from it, because an absolute one would leave the data folder.

    Keys come from the database and are written by us; one of another form is rejected all the same.
    """
    if not KEY.fullmatch(key):
        raise StoreError(Message("{key} is not a key of a checkpoint.", key=repr(key)))
    return key


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


def _empty(place: Storage, key: str) -> int:
    """Remove the checkpoint from the bucket, its manifest first; returns how many bytes were freed."""
    freed = 0
    with reaching():
        for name in sorted(place.listdir(key)[1], key=lambda name: name != MANIFEST):
            num_bytes = place.size(f"{key}/{name}")
            place.delete(f"{key}/{name}")
            freed += num_bytes
    return freed


def _fetch(place: Storage, key: str, final: Path, manifest_sha256: str) -> Path:
    """Download into a temporary folder, verify it, and rename it; of two concurrent downloads, one copy stays."""
    with reaching():
        names = place.listdir(key)[1]
    if MANIFEST not in names:
        raise NotHereYet(
            Message(
                "The files of {checkpoint} are not in the bucket yet: the machine that wrote them has not uploaded "
                "them. Try again when it is available again.",
                checkpoint=final.name,
            )
        )
    try:
        return fetch_folder(place, key, names, final, lambda draft: verify(draft, manifest_sha256))
    except CheckpointDamaged as error:
        raise StoreError(joined(error.message, Message("Copy it into the bucket again."))) from None


def remove_folder(folder: Path) -> int:
    """Remove a folder and return its size. It is renamed first, so that a half-removed one is never read."""
    doomed = folder.with_name(f".removing-{folder.name}-{uuid.uuid4().hex[:8]}")
    try:
        folder.rename(doomed)
    except FileNotFoundError:
        return 0
    num_bytes = bytes_in(doomed)
    shutil.rmtree(doomed)
    return num_bytes


def _forget_old_copies() -> None:
    """Remove fetched copies that were not used recently, so that they do not fill the disk."""
    limit = time.time() - FETCHED_SECONDS
    for manifest in (settings.DATA_DIR / FETCHED).glob(f"runs/*/*/checkpoints/cp-*/{MANIFEST}"):
        if manifest.parent.stat().st_mtime < limit:
            remove_folder(manifest.parent)
