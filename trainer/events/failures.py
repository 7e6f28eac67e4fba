"""Describing failures: the event that ends a failed training."""

from __future__ import annotations

import errno
import os

from trainer.errors import BadData, CheckpointDamaged, SpecError
from trainer.events.events import Failed

OUT_OF_MEMORY_WORDS = (
    "resourceexhausted",
    "resource_exhausted",
    "out of memory",
    "out_of_memory",
    "oom when allocating",
    "cannot allocate memory",
    "bad_alloc",
)
# Errors of the disk of the data folder, and what to do about them.
DISK_WORDS = {
    errno.ENOSPC: ("The disk is full", "Free space"),
    errno.EDQUOT: ("The quota of the disk is used up", "Free space"),
    errno.EROFS: ("The disk is read-only", "Check the system log for the reason, make the disk writable"),
    errno.EIO: ("The disk reports errors", "Check the system log, repair or replace the disk"),
}
SMALLER = (
    "Use a smaller batch size, mixed precision or a smaller network, stream the training data (Computation), "
    "or use a machine with more memory."
)


class TrainingFailed(Exception):
    """Training cannot continue, for a reason that has its own message."""

    def __init__(self, event: Failed) -> None:
        self.event = event
        super().__init__(event.error)


def failure_of(error: BaseException) -> Failed:
    """Return the event for ``error``: its cause, one sentence, and what to do."""
    if isinstance(error, TrainingFailed):
        return error.event
    if isinstance(error, SpecError):
        return Failed(cause="bad_spec", error=str(error), advice="Run again with changes and correct these fields.")
    if isinstance(error, BadData):
        return Failed(cause="bad_data", error=str(error))
    if isinstance(error, CheckpointDamaged):
        return Failed(cause="bad_checkpoint", error=str(error), advice="Choose another checkpoint.")
    text = f"{type(error).__name__}: {error}".strip()
    if isinstance(error, MemoryError) or _is_about_memory(text):
        return Failed(cause="out_of_memory", error=_line_about_memory(text), advice=SMALLER)
    if isinstance(error, OSError) and error.errno in DISK_WORDS:
        return _about_disk(error)
    return Failed(cause="error", error=_first_line(text), advice="The trainer's log has the details.")


def _about_disk(error: OSError) -> Failed:
    assert error.errno
    happened, remedy = DISK_WORDS[error.errno]
    plain = error.strerror in {None, os.strerror(error.errno)}
    detail = "" if plain else f": {error.strerror}"
    return Failed(cause="error", error=f"{happened}{detail}.", advice=f"{remedy}, then resume the run.")


def _is_about_memory(text: str) -> bool:
    return any(word in text.lower() for word in OUT_OF_MEMORY_WORDS)


def _line_about_memory(text: str) -> str:
    """TensorFlow starts with pages about the location in the graph; the informative line comes late."""
    lines = [line.strip() for line in text.splitlines() if _is_about_memory(line)]
    informative = [line for line in lines if " " in line.removesuffix("Graph execution error:").strip()]
    return ((informative or lines)[0] if lines else _first_line(text))[:500]


def _first_line(text: str) -> str:
    return text.splitlines()[0][:500]
