"""Changing a checkpoint: pin, note, delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from webapp.checkpoints import retention
from webapp.checkpoints.access import own_checkpoint_of
from webapp.checkpoints.models import Checkpoint
from webapp.teams.access import requires
from webapp.teams.models import Role
from webapp.teams.templatetags.pages import filesize_short

LONGEST_NOTE = 5000


@requires(Role.MEMBER)
@require_POST
def checkpoint_pin(request: HttpRequest, id: UUID) -> HttpResponse:
    """``pinned=1`` keeps the files whatever happens, ``pinned=0`` lets retention decide again."""
    checkpoint = own_checkpoint_of(request.user, id)
    pinned = request.POST.get("pinned", "1") == "1"
    there = Checkpoint.objects.filter(pk=checkpoint.pk, purged_at=None)
    if not there.update(pinned=pinned):
        messages.error(request, f"The files of {checkpoint} are gone; there is nothing to pin.")
    return redirect("checkpoint", checkpoint.id)


@requires(Role.MEMBER)
@require_POST
def checkpoint_note(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = own_checkpoint_of(request.user, id)
    note = request.POST.get("note", "").strip()
    if len(note) > LONGEST_NOTE:
        messages.error(
            request, f"The note has {len(note):,} characters; at most {LONGEST_NOTE:,} are kept. Shorten it."
        )
    else:
        Checkpoint.objects.filter(pk=checkpoint.pk).update(note=note)
        messages.success(request, "Note saved." if note else "Note removed.")
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
        messages.success(request, f"The files of {checkpoint} were removed; {freed} are free again.")
    return redirect("checkpoint", checkpoint.id)
