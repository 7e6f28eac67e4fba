"""Downloads. Files are streamed; the web process never loads a network."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from webapp.checkpoints import store
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.models import Checkpoint
from webapp.teams.access import requires
from webapp.teams.models import Role

MODEL_FILE = "model.keras"
# Keras keeps the weights of a .keras archive in this member, in the format that load_weights takes.
WEIGHTS_MEMBER = "model.weights.h5"
FORMATS = {"keras": ".keras", "weights": ".weights.h5"}
IN_MEMORY_BYTES = 8 * 1024 * 1024


@requires(Role.VIEWER)
@require_safe
def checkpoint_download(request: HttpRequest, id: UUID) -> HttpResponseBase:
    checkpoint = checkpoint_of(request.user, id)
    wanted = request.GET.get("format", "keras")
    if wanted not in FORMATS:
        return HttpResponseBadRequest("format must be keras or weights.", content_type="text/plain")
    if checkpoint.purged_at is not None:
        return gone(request, checkpoint, "Its files were removed to free disk space.")
    try:
        model = store.path_of(checkpoint.key) / MODEL_FILE
        file = model.open("rb") if wanted == "keras" else weights_of(model)
    except (store.StoreError, OSError, zipfile.BadZipFile, KeyError) as error:
        return gone(request, checkpoint, f"Its files cannot be read: {error}")
    name = f"{file_name(checkpoint)}{FORMATS[wanted]}"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


def gone(request: HttpRequest, checkpoint: Checkpoint, reason: str) -> HttpResponse:
    return render(request, "checkpoints/gone.html", {"checkpoint": checkpoint, "reason": reason}, status=410)


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
