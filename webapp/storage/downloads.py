"""Downloads of a checkpoint: the whole network, or only its weights. No network is loaded.

Before a byte is sent the files are compared with the recorded hashes; a machine reads them only once for that, as long
as their stamps show that they were not written since.
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
from trainer.errors import message_of
from trainer.messages.message import Message, joined
from trainer.system.archives import Foreign, members_of
from trainer.system.regular_files import open_regular
from webapp.checkpoints.availability import FilesGone, refuse_unusable
from webapp.checkpoints.models import Checkpoint
from webapp.storage import store, verification
from webapp.storage.bucket import StoreError
from webapp.storage.file_response import Attachment, disposition, send

# Keras keeps the weights of a .keras archive in this member, in the format that load_weights takes.
WEIGHTS_MEMBER = "model.weights.h5"
FORMATS = {"keras": ".keras", "weights": ".weights.h5"}
MOST_REMEMBERED = 1000

# Unchanged while a file is not written: device, inode, size, and the modification times of its content and its inode.
Stamp = tuple[int, int, int, int, int]
Stamps = dict[str, Stamp]
_whole: OrderedDict[UUID, tuple[str, Stamps, str]] = OrderedDict()
_lock = threading.Lock()


def download(request: HttpRequest, checkpoint: Checkpoint, wanted: str) -> HttpResponseBase:
    """Returns a response with the file in the format ``wanted``, one of :data:`FORMATS`, or with a range of it.

    Raises :class:`FilesGone` when the files were removed, are damaged, or are unavailable.
    """
    refuse_unusable(checkpoint)
    name = f"{file_name(checkpoint)}{FORMATS[wanted]}"
    if address := _address_in_bucket(checkpoint, wanted, name):
        return HttpResponseRedirect(address)
    try:
        return send(request, _attachment(checkpoint, wanted, name))
    except (StoreError, OSError, Foreign) as error:
        raise FilesGone(
            Message(
                "The files of {checkpoint} cannot be read: {reason}",
                checkpoint=checkpoint.name,
                reason=message_of(error),
            )
        ) from None


def file_name(checkpoint: Checkpoint) -> str:
    """``digits-baseline-run-3-cp-0005``: shows in a folder of downloads where the file is from."""
    parts = (checkpoint.run.experiment.name, checkpoint.run.name, checkpoint.name)
    return "-".join(slug for part in parts if (slug := slugify(part, allow_unicode=True)[:60])) or "checkpoint"


def _address_in_bucket(checkpoint: Checkpoint, wanted: str, name: str) -> str:
    """A signed address of the model in the bucket; "" when this server sends it.

    Files were compared with the recorded hash when they were published; without a recorded hash they were not.
    """
    if not settings.DOWNLOADS_FROM_BUCKET or wanted != "keras" or not checkpoint.manifest_sha256:
        return ""
    try:
        return store.signed_address(checkpoint.key, MODEL_FILE, disposition(name))
    except OSError as error:
        raise FilesGone(message_of(error)) from None


def _attachment(checkpoint: Checkpoint, wanted: str, name: str) -> Attachment:
    folder = store.path_of(checkpoint.key, checkpoint.manifest_sha256)
    stamps, sha256 = _verified(checkpoint, folder)
    file = open_regular(folder / MODEL_FILE)
    try:
        if _stamp(os.fstat(file.fileno())) != stamps.get(MODEL_FILE):
            raise FilesGone(
                Message(
                    "{checkpoint} was changed while it was read. Verify it on its page.", checkpoint=checkpoint.name
                )
            )
        start, size = (0, stamps[MODEL_FILE][2]) if wanted == "keras" else range_of_weights(file)
    except BaseException:
        file.close()
        raise
    return Attachment(file, start, size, name, f'"{sha256}"' if wanted == "keras" else f'"{sha256}-weights"')


def range_of_weights(file: BinaryIO) -> tuple[int, int]:
    """Start and size of the weights in the archive, where they are stored uncompressed."""
    try:
        member = members_of(file)[WEIGHTS_MEMBER]
    except (zipfile.BadZipFile, KeyError) as error:
        problem = Message("{file} holds no weights ({reason})", file=MODEL_FILE, reason=str(error))
        raise Foreign(problem) from None
    return member.start, member.size


def _verified(checkpoint: Checkpoint, folder: Path) -> tuple[Stamps, str]:
    """The stamps of undamaged files, and the SHA-256 of the model. Raises :class:`FilesGone` when they are damaged.

    The row stays as it is, because a download changes nothing, and this machine may be the one whose disk is missing.
    Very large files are not read; their manifest and sizes are still compared.
    """
    stamps = {path.name: _stamp(path.lstat()) for path in folder.iterdir()}
    with _lock:
        known = _whole.get(checkpoint.pk)
    if known is not None and known[:2] == (checkpoint.manifest_sha256, stamps):
        return stamps, known[2]
    found = verification.inspect(checkpoint, contents=not verification.too_large(checkpoint))
    if found.whole is False:
        advice = Message("Choose another checkpoint of the run, or verify this one on its page.")
        raise FilesGone(joined(found.sentence, advice))
    if found.whole is None:
        raise FilesGone(found.sentence)
    with _lock:
        _whole[checkpoint.pk] = (checkpoint.manifest_sha256, stamps, found.model_sha256)
        _whole.move_to_end(checkpoint.pk)
        while len(_whole) > MOST_REMEMBERED:
            _whole.popitem(last=False)
    return stamps, found.model_sha256


def _stamp(status: os.stat_result) -> Stamp:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
