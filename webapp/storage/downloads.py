"""The file that a download of a checkpoint is: the whole network, or its weights only. No network is loaded.

Before a byte is sent the files are compared with what is on record; a machine reads them for that only once, as long
as the disk says that nobody has written them since.
"""

from __future__ import annotations

import os
import threading
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.text import slugify

from trainer.checkpoints.checkpoint_files import MODEL_FILE
from trainer.system.archives import Foreign, members_of
from trainer.system.regular_files import open_regular
from webapp.checkpoints.availability import FilesGone, refuse_unusable
from webapp.checkpoints.models import Checkpoint
from webapp.storage import store, verification
from webapp.storage.file_response import Attachment, disposition, send

# Keras keeps the weights of a .keras archive in this member, in the format that load_weights takes.
WEIGHTS_MEMBER = "model.weights.h5"
FORMATS = {"keras": ".keras", "weights": ".weights.h5"}
MOST_REMEMBERED = 1000

# What tells that a file was not written since: device, inode, size, and the times of its content and its inode.
Stamp = tuple[int, int, int, int, int]
Stamps = dict[str, Stamp]
_whole: OrderedDict[UUID, tuple[str, Stamps, str]] = OrderedDict()
_lock = threading.Lock()


def download(request: HttpRequest, checkpoint: Checkpoint, wanted: str) -> HttpResponseBase:
    """Answer with the file in the format ``wanted``, one of :data:`FORMATS`, or a part of it.

    Raises :class:`FilesGone` when the files were removed, are damaged, or cannot be had now.
    """
    refuse_unusable(checkpoint)
    name = f"{file_name(checkpoint)}{FORMATS[wanted]}"
    if address := _address_in_bucket(checkpoint, wanted, name):
        return HttpResponseRedirect(address)
    try:
        return send(request, _attachment(checkpoint, wanted, name))
    except (store.StoreError, OSError, Foreign) as error:
        raise FilesGone(f"The files of {checkpoint} cannot be read: {error}") from None


def file_name(checkpoint: Checkpoint) -> str:
    """``digits-baseline-run-3-cp-0005``: says in a folder of downloads where it came from."""
    parts = (checkpoint.run.experiment.name, checkpoint.run.name, checkpoint.name)
    return "-".join(slug for part in parts if (slug := slugify(part)[:60])) or "checkpoint"


def _address_in_bucket(checkpoint: Checkpoint, wanted: str, name: str) -> str:
    """Where the bucket itself hands the model out for a while; "" where this server does.

    What is in the bucket was compared with the record when it was published there; without a record it was not.
    """
    if not settings.DOWNLOADS_FROM_BUCKET or wanted != "keras" or not checkpoint.manifest_sha256:
        return ""
    try:
        return store.signed_address(checkpoint.key, MODEL_FILE, disposition(name))
    except OSError as away:
        raise FilesGone(str(away)) from None


def _attachment(checkpoint: Checkpoint, wanted: str, name: str) -> Attachment:
    folder = store.path_of(checkpoint.key, checkpoint.manifest_sha256)
    stamps, sha256 = _verified(checkpoint, folder)
    file = open_regular(folder / MODEL_FILE)
    try:
        if _stamp(os.fstat(file.fileno())) != stamps.get(MODEL_FILE):
            raise FilesGone(f"{checkpoint} was changed while it was looked at. Verify it on its page.")
        start, size = (0, stamps[MODEL_FILE][2]) if wanted == "keras" else place_of_weights(file)
    except BaseException:
        file.close()
        raise
    return Attachment(file, start, size, name, f'"{sha256}"' if wanted == "keras" else f'"{sha256}-weights"')


def place_of_weights(file: BinaryIO) -> tuple[int, int]:
    """Where in the archive the weights are: they are stored there as they are."""
    try:
        member = members_of(file)[WEIGHTS_MEMBER]
    except (zipfile.BadZipFile, KeyError) as error:
        raise Foreign(f"{MODEL_FILE} holds no weights ({error})") from None
    return member.start, member.size


def _verified(checkpoint: Checkpoint, folder: Path) -> tuple[Stamps, str]:
    """The stamps of files that are whole, and the SHA-256 of the model.

    Damage that nobody has noticed yet is not handed out either. The row stays as it is: a download changes nothing,
    and this machine may be the one whose disk is missing. What is very large is not read for it; its manifest and the
    sizes of its files are compared all the same.
    """
    stamps = {path.name: _stamp(path.lstat()) for path in folder.iterdir()}
    with _lock:
        known = _whole.get(checkpoint.pk)
    if known is not None and known[:2] == (checkpoint.manifest_sha256, stamps):
        return stamps, known[2]
    verdict = verification.inspect(checkpoint, contents=not verification.too_large(checkpoint))
    if verdict.whole is False:
        raise FilesGone(f"{verdict.sentence} Choose another checkpoint of the run, or verify this one on its page.")
    if verdict.whole is None:
        raise FilesGone(verdict.sentence)
    with _lock:
        _whole[checkpoint.pk] = (checkpoint.manifest_sha256, stamps, verdict.model_sha256)
        _whole.move_to_end(checkpoint.pk)
        while len(_whole) > MOST_REMEMBERED:
            _whole.popitem(last=False)
    return stamps, verdict.model_sha256


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
