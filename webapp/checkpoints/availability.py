"""Whether the files of a checkpoint can be used: the one rule for pages, API and the queue."""

from __future__ import annotations

from webapp.checkpoints.models import Checkpoint
from webapp.runs.models import Run


class FilesGone(Exception):
    """The checkpoint's files were removed or are damaged. The message is a sentence for people."""


def why_unusable(checkpoint: Checkpoint) -> str:
    """Why it cannot be downloaded, evaluated, tried or branched from, and what to do; "" when it can."""
    if checkpoint.purged_at is not None:
        return f"The files of {checkpoint} were removed to free disk space. Choose another checkpoint of the run."
    if checkpoint.damaged:
        return (
            f"{checkpoint} is damaged: {_ended(checkpoint.damaged)} "
            "Choose another checkpoint of the run, or restore its files and verify it."
        )
    return ""


def refuse_unusable(checkpoint: Checkpoint) -> None:
    """Raise :class:`FilesGone` when :func:`why_unusable` gives a reason."""
    if sentence := why_unusable(checkpoint):
        raise FilesGone(sentence)


def lock_usable(checkpoint: Checkpoint) -> None:
    """Lock the row of a usable checkpoint until the commit, so that its files stay for the job that needs them.

    Raises :class:`FilesGone` when it is not usable.
    """
    refuse_unusable(Checkpoint.objects.select_for_update().get(pk=checkpoint.pk))


def nothing_left(run: Run) -> str:
    """Why the run cannot resume from any of its saved checkpoints; "" when it can, or never saved one."""
    saved = run.checkpoints.all()
    if not saved.exists() or saved.filter(purged_at=None, damaged="").exists():
        return ""
    damaged = saved.filter(purged_at=None)
    if not damaged:
        return f"The files of all checkpoints of {run} were deleted, so there is nothing to resume from."
    reasons = "; ".join(dict.fromkeys(each.damaged.rstrip(".") for each in damaged[:3]))
    return f"None of the checkpoints of {run} can be used: {reasons}."


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
