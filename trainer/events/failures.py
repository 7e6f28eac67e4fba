"""Describing failures: the event that ends a failed training."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from trainer.errors import BadData, CheckpointDamaged, SpecError, own_message
from trainer.events.events import Failed
from trainer.messages.message import Message, verbatim

OUT_OF_MEMORY_WORDS = (
    "resourceexhausted",
    "resource_exhausted",
    "out of memory",
    "out_of_memory",
    "oom when allocating",
    "cannot allocate memory",
    "bad_alloc",
)
# Errors of the disk of the data folder, alone and with a detail, and what to do about them.
DISK_WORDS: dict[int, tuple[Message, Callable[[str | Message], Message], Message]] = {
    errno.ENOSPC: (
        Message("The disk is full."),
        lambda detail: Message("The disk is full: {detail}.", detail=detail),
        Message("Free space, then resume the run."),
    ),
    errno.EDQUOT: (
        Message("The quota of the disk is used up."),
        lambda detail: Message("The quota of the disk is used up: {detail}.", detail=detail),
        Message("Free space, then resume the run."),
    ),
    errno.EROFS: (
        Message("The disk is read-only."),
        lambda detail: Message("The disk is read-only: {detail}.", detail=detail),
        Message("Check the system log for the reason, make the disk writable, then resume the run."),
    ),
    errno.EIO: (
        Message("The disk reports errors."),
        lambda detail: Message("The disk reports errors: {detail}.", detail=detail),
        Message("Check the system log, repair or replace the disk, then resume the run."),
    ),
}
SMALLER = Message(
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
        advice = Message("Run again with changes and correct these fields.")
        return Failed(cause="bad_spec", error=error.message, advice=advice)
    if isinstance(error, BadData):
        return Failed(cause="bad_data", error=error.message)
    if isinstance(error, CheckpointDamaged):
        return Failed(cause="bad_checkpoint", error=error.message, advice=Message("Choose another checkpoint."))
    text = f"{type(error).__name__}: {error}".strip()
    if isinstance(error, MemoryError) or _is_about_memory(text):
        return Failed(cause="out_of_memory", error=verbatim(_line_about_memory(text)), advice=SMALLER)
    if isinstance(error, OSError) and error.errno in DISK_WORDS:
        return _about_disk(error)
    return Failed(cause="error", error=_about_other(error, text), advice=Message("The trainer's log has the details."))


def _about_disk(error: OSError) -> Failed:
    assert error.errno
    happened, explained, advice = DISK_WORDS[error.errno]
    detail = error.strerror
    if not detail or detail == os.strerror(error.errno):
        return Failed(cause="error", error=happened, advice=advice)
    return Failed(cause="error", error=explained(detail), advice=advice)


def _about_other(error: BaseException, text: str) -> Message:
    """Our own errors of other kinds may have a message as well."""
    if own := own_message(error):
        return Message("{kind}: {problem}", kind=type(error).__name__, problem=own)
    return verbatim(_first_line(text))


def _is_about_memory(text: str) -> bool:
    return any(word in text.lower() for word in OUT_OF_MEMORY_WORDS)


def _line_about_memory(text: str) -> str:
    """TensorFlow starts with pages about the location in the graph; the informative line comes late."""
    lines = [line.strip() for line in text.splitlines() if _is_about_memory(line)]
    informative = [line for line in lines if " " in line.removesuffix("Graph execution error:").strip()]
    return ((informative or lines)[0] if lines else _first_line(text))[:500]


def _first_line(text: str) -> str:
    return text.splitlines()[0][:500]
