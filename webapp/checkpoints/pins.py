"""Pins and notes: marking a checkpoint to be kept, and writing a note about it."""

from __future__ import annotations

from trainer.messages.message import Message
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.models import Checkpoint

LONGEST_NOTE = 5000


def pin(checkpoint: Checkpoint, pinned: bool) -> None:
    """Pin the files so that they are kept, or unpin them. Raises :class:`FilesGone` when they were removed."""
    if not Checkpoint.objects.filter(pk=checkpoint.pk, purged_at=None).update(pinned=pinned):
        raise FilesGone(
            Message("The files of {checkpoint} are gone; there is nothing to pin.", checkpoint=checkpoint.name)
        )
    checkpoint.pinned = pinned


def note(checkpoint: Checkpoint, text: str) -> None:
    """Replace the checkpoint's note by ``text``; "" removes it."""
    Checkpoint.objects.filter(pk=checkpoint.pk).update(note=text)
    checkpoint.note = text
