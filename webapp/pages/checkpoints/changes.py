"""Changing a checkpoint: pin, note, verify, delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from webapp.checkpoints import pins
from webapp.checkpoints.access import checkpoint_of, own_checkpoint_of
from webapp.checkpoints.availability import FilesGone
from webapp.storage import retention, verification
from webapp.teams.access import requires
from webapp.teams.models import Role
from webapp.ui.filters import filesize_short
from webapp.ui.text import text_problem


@requires(Role.MEMBER)
@require_POST
def checkpoint_pin(request: HttpRequest, id: UUID) -> HttpResponse:
    """``pinned=1`` exempts the files from retention, ``pinned=0`` lets retention decide again."""
    checkpoint = own_checkpoint_of(request.user, id)
    pinned = request.POST.get("pinned", "1") == "1"
    try:
        pins.pin(checkpoint, pinned)
    except FilesGone as gone:
        messages.error(request, str(gone))
    return redirect("checkpoint", checkpoint.id)


@requires(Role.MEMBER)
@require_POST
def checkpoint_note(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = own_checkpoint_of(request.user, id)
    note = request.POST.get("note", "").strip()
    if len(note) > pins.LONGEST_NOTE:
        kept = f"at most {pins.LONGEST_NOTE:,} are kept. Shorten it."
        messages.error(request, f"The note has {len(note):,} characters; {kept}")
    elif sentence := text_problem(note, lines=True):
        messages.error(request, sentence)
    else:
        pins.note(checkpoint, note)
        messages.success(request, "Note saved." if note else "Note removed.")
    return redirect("checkpoint", checkpoint.id)


@requires(Role.MEMBER)
@require_POST
def checkpoint_verify(request: HttpRequest, id: UUID) -> HttpResponse:
    """Read its files again and report whether they are unchanged."""
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    try:
        verdict = verification.verify_now(checkpoint)
    except verification.NotVerified as refusal:
        messages.error(request, str(refusal))
    else:
        (messages.success if verdict.whole else messages.error)(request, verdict.sentence)
    return redirect("checkpoint", checkpoint.id)


@requires(Role.MEMBER)
@require_POST
def checkpoint_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = own_checkpoint_of(request.user, id)
    try:
        num_bytes = retention.delete(checkpoint)
    except retention.NotDeletable as refusal:
        messages.error(request, f"{checkpoint} stays. {refusal}")
    else:
        freed = filesize_short(num_bytes)
        messages.success(request, f"The files of {checkpoint} were deleted; {freed} freed.")
    return redirect("checkpoint", checkpoint.id)
