"""The file that a download of a checkpoint is: the whole network, or its weights only. No network is loaded."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from django.http import FileResponse
from django.utils.text import slugify

from trainer.checkpoints import MODEL_FILE
from webapp.checkpoints import store, verifying
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.usable import FilesGone, refuse_unusable

# Keras keeps the weights of a .keras archive in this member, in the format that load_weights takes.
WEIGHTS_MEMBER = "model.weights.h5"
FORMATS = {"keras": ".keras", "weights": ".weights.h5"}
IN_MEMORY_BYTES = 8 * 1024 * 1024


def download(checkpoint: Checkpoint, wanted: str) -> FileResponse:
    """Stream the file in the format ``wanted``, one of :data:`FORMATS`.

    Raises :class:`FilesGone` when the files were removed, are damaged, or cannot be had now.
    """
    refuse_unusable(checkpoint)
    _refuse_changed(checkpoint)
    try:
        model = store.path_of(checkpoint.key) / MODEL_FILE
        file = model.open("rb") if wanted == "keras" else weights_of(model)
    except (store.StoreError, OSError, zipfile.BadZipFile, KeyError) as error:
        raise FilesGone(f"The files of {checkpoint} cannot be read: {error}") from None
    name = f"{file_name(checkpoint)}{FORMATS[wanted]}"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


def file_name(checkpoint: Checkpoint) -> str:
    """``digits-baseline-run-3-cp-0005``: says in a folder of downloads where it came from."""
    parts = (checkpoint.run.experiment.name, checkpoint.run.name, checkpoint.name)
    return "-".join(slug for part in parts if (slug := slugify(part)[:60])) or "checkpoint"


def weights_of(model: Path) -> IO[bytes]:
    """The weights member of a ``.keras`` archive, copied out so that its length is known; large ones go to the disk."""
    copy = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(model) as archive, archive.open(WEIGHTS_MEMBER) as member:
        shutil.copyfileobj(member, copy)
    copy.seek(0)
    return copy  # type: ignore[return-value]


def _refuse_changed(checkpoint: Checkpoint) -> None:
    """Damage that nobody has noticed yet is not handed out either; only what is very large is not read for it.

    The row stays as it is: a download changes nothing, and this machine may be the one whose disk is missing.
    """
    if verifying.too_large(checkpoint):
        return
    verdict = verifying.look_at(checkpoint)
    if verdict.whole is False:
        raise FilesGone(f"{verdict.sentence} Choose another checkpoint of the run, or verify this one on its page.")
    if verdict.whole is None:
        raise FilesGone(verdict.sentence)
