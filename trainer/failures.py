"""What went wrong in a trainer, in words: the event that ends a failed training."""

from __future__ import annotations

from trainer.checkpoints import CheckpointDamaged
from trainer.events import Failed
from trainer.problems import SpecError
from trainer.refusals import BadData

OUT_OF_MEMORY_WORDS = (
    "resourceexhausted",
    "resource_exhausted",
    "out of memory",
    "out_of_memory",
    "oom when allocating",
    "cannot allocate memory",
    "bad_alloc",
)
SMALLER = "Use a smaller batch size, mixed precision or a smaller network, or a machine with more memory."


class TrainingFailed(Exception):
    """Training cannot go on for a reason that has its own words."""

    def __init__(self, event: Failed) -> None:
        self.event = event
        super().__init__(event.error)


def describe(error: BaseException) -> Failed:
    """The event for ``error``: its cause, one sentence, and what to do."""
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
    if isinstance(error, OSError) and error.errno == 28:
        return Failed(cause="error", error="The disk is full.", advice="Free space, then resume the run.")
    return Failed(cause="error", error=_first_line(text), advice="The trainer's log has the whole story.")


def _is_about_memory(text: str) -> bool:
    return any(word in text.lower() for word in OUT_OF_MEMORY_WORDS)


def _line_about_memory(text: str) -> str:
    """TensorFlow begins with pages of where in the graph it was; the line that counts comes late."""
    lines = [line.strip() for line in text.splitlines() if _is_about_memory(line)]
    telling = [line for line in lines if " " in line.removesuffix("Graph execution error:").strip()]
    return ((telling or lines)[0] if lines else _first_line(text))[:500]


def _first_line(text: str) -> str:
    return text.splitlines()[0][:500]
