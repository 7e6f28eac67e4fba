"""Changing a checkpoint: pin, note, verify, delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from trainer.messages.message import Message, joined
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
        messages.error(request, str(_too_long(note)))
    elif sentence := text_problem(note, lines=True):
        messages.error(request, str(sentence))
    else:
        pins.note(checkpoint, note)
        messages.success(request, str(Message("Note saved.") if note else Message("Note removed.")))
    return redirect("checkpoint", checkpoint.id)


def _too_long(note: str) -> Message:
    return Message(
        "The note has {count:,} characters; at most {most:,} are kept. Shorten it.",
        count=len(note),
        most=pins.LONGEST_NOTE,
    )


@requires(Role.MEMBER)
@require_POST
def checkpoint_verify(request: HttpRequest, id: UUID) -> HttpResponse:
    """Read its files again and report whether they are unchanged."""
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    try:
        result = verification.verify_now(checkpoint)
    except verification.NotVerified as refusal:
        messages.error(request, str(refusal))
    else:
        (messages.success if result.whole else messages.error)(request, str(result.sentence))
    return redirect("checkpoint", checkpoint.id)


@requires(Role.MEMBER)
@require_POST
def checkpoint_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = own_checkpoint_of(request.user, id)
    try:
        num_bytes = retention.delete(checkpoint)
    except retention.NotDeletable as refusal:
        stays = Message("{checkpoint} stays.", checkpoint=checkpoint.name)
        messages.error(request, str(joined(stays, refusal.message)))
    else:
        freed = Message(
            "The files of {checkpoint} were deleted; {size} freed.",
            checkpoint=checkpoint.name,
            size=filesize_short(num_bytes),
        )
        messages.success(request, str(freed))
    return redirect("checkpoint", checkpoint.id)
