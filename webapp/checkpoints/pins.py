"""What people say of a checkpoint: that it is to stay, and a note."""

from __future__ import annotations

from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.models import Checkpoint

LONGEST_NOTE = 5000


def pin(checkpoint: Checkpoint, pinned: bool) -> None:
    """Keep the files whatever happens, or let the run's rule decide again. Raises :class:`FilesGone`."""
    if not Checkpoint.objects.filter(pk=checkpoint.pk, purged_at=None).update(pinned=pinned):
        raise FilesGone(f"The files of {checkpoint} are gone; there is nothing to pin.")
    checkpoint.pinned = pinned


def note(checkpoint: Checkpoint, text: str) -> None:
    """Write ``text`` beside the checkpoint in the place of what was there; "" removes it."""
    Checkpoint.objects.filter(pk=checkpoint.pk).update(note=text)
    checkpoint.note = text
