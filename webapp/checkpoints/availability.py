"""Whether the files of a checkpoint can be used: the one rule for pages, API and the queue."""

from __future__ import annotations

from trainer.errors import Explained
from trainer.messages.message import NOTHING, Message, joined
from webapp.checkpoints.models import Checkpoint
from webapp.runs.models import Run

# Also of languages that write another full stop.
ENDS = (".", "!", "?", "。", "！", "？")


class FilesGone(Explained):
    """The checkpoint's files were removed or are damaged."""


def why_unusable(checkpoint: Checkpoint) -> Message:
    """Why it cannot be downloaded, evaluated, tried or branched from, and what to do; empty when it can."""
    if checkpoint.purged_at is not None:
        return Message(
            "The files of {checkpoint} were removed to free disk space. Choose another checkpoint of the run.",
            checkpoint=checkpoint.name,
        )
    if checkpoint.damaged:
        return Message(
            "{checkpoint} is damaged: {damage} Choose another checkpoint of the run, or restore its files and verify "
            "it.",
            checkpoint=checkpoint.name,
            damage=_ended(checkpoint.damaged),
        )
    return NOTHING


def refuse_unusable(checkpoint: Checkpoint) -> None:
    """Raise :class:`FilesGone` when :func:`why_unusable` gives a reason."""
    if sentence := why_unusable(checkpoint):
        raise FilesGone(sentence)


def lock_usable(checkpoint: Checkpoint) -> None:
    """Lock the row of a usable checkpoint until the commit, so that its files stay for the job that needs them.

    Raises :class:`FilesGone` when it is not usable.
    """
    refuse_unusable(Checkpoint.objects.select_for_update().get(pk=checkpoint.pk))


def nothing_left(run: Run) -> Message:
    """Why the run cannot resume from any of its saved checkpoints; empty when it can, or never saved one."""
    saved = run.checkpoints.all()
    if not saved.exists() or saved.filter(purged_at=None, damaged="").exists():
        return NOTHING
    damaged = saved.filter(purged_at=None)
    if not damaged:
        return Message(
            "The files of all checkpoints of {run} were deleted, so there is nothing to resume from.", run=run.name
        )
    reasons = dict.fromkeys(_ended(each.damaged) for each in damaged[:3])
    return Message("None of the checkpoints of {run} can be used: {reasons}", run=run.name, reasons=joined(*reasons))


def _ended(sentence: Message) -> Message:
    return sentence if str(sentence).endswith(ENDS) else Message("{sentence}.", sentence=sentence)
