"""Changing a checkpoint: pin, note, verify, delete."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from webapp.checkpoints import retention, verifying
from webapp.checkpoints.access import checkpoint_of, own_checkpoint_of
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
def checkpoint_verify(request: HttpRequest, id: UUID) -> HttpResponse:
    """Read its files again and say whether they are as they were written."""
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    if checkpoint.purged_at is not None:
        messages.error(request, f"The files of {checkpoint} were removed; there is nothing to verify.")
    elif refusal := verifying.too_large(checkpoint):
        messages.error(request, refusal)
    else:
        verdict = verifying.judge(checkpoint)
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
        messages.success(request, f"The files of {checkpoint} were removed; {freed} are free again.")
    return redirect("checkpoint", checkpoint.id)
