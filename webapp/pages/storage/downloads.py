"""Downloads. Files are streamed; the web process never loads a network."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.messages.message import Message
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.availability import FilesGone
from webapp.storage.downloads import FORMATS, download
from webapp.teams.access import requires
from webapp.teams.models import Role


@requires(Role.VIEWER)
@require_safe
def checkpoint_download(request: HttpRequest, id: UUID) -> HttpResponseBase:
    checkpoint = checkpoint_of(request.user, id)
    wanted = request.GET.get("format", "keras")
    if wanted not in FORMATS:
        return HttpResponseBadRequest(str(Message("format must be keras or weights.")), content_type="text/plain")
    try:
        return download(request, checkpoint, wanted)
    except FilesGone as gone:
        return render(request, "storage/gone.html", {"checkpoint": checkpoint, "reason": gone.message}, status=410)
