"""Why a trainer died without reporting an error: a sentence from its exit code and its last lines of output."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import Any

from trainer.events.events import DISK_REFUSED
from trainer.messages.message import OBJECT, Message, joined_by, of_text, verbatim

MEMORY_WORDS = re.compile(
    r"MemoryError|ResourceExhausted|RESOURCE_EXHAUSTED|out of memory|OOM when allocating|bad_alloc|"
    r"Cannot allocate memory|CUDA_ERROR_OUT_OF_MEMORY|memory allocation of \d+ bytes failed",
    re.IGNORECASE,
)
ERROR_LINE = re.compile(r"^\s*(?:[\w.]+(?:Error|Exception|Interrupt|Exit)\b.*|.*\b(?:error|fatal|abort)\b.*)$", re.I)
NOISE = re.compile(r"^(?:I0000|W0000|WARNING|\d{4}-\d\d-\d\d .*: [IW] )")
# A message of the trainer with its values is not cut by this.
MOST_CHARACTERS = 2000
RESUME = Message("Resume the run from its latest checkpoint.")
SPACE = Message(
    "Check that the disk of the worker's data folder has free space and can be written. Then resume the run."
)
LOOK = Message("The trainer's log has the details. Resume the run from its latest checkpoint.")


@dataclass(frozen=True)
class Diagnosis:
    """The cause, error and advice that are stored in the job's row."""

    cause: str
    error: Message
    advice: Message


def diagnose(exit_code: int, log_tail: str, *, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    """Explain why a trainer ended. Exit codes are those of ``subprocess``: -9 is the signal SIGKILL.

    ``short_of_memory`` is whether the kernel killed processes because memory ran out, ``None`` when unknown.
    """
    last_error = _said(last_error_line(log_tail))
    if MEMORY_WORDS.search(log_tail):
        error = _after(last_error, Message("The trainer ran out of memory."))
        return Diagnosis("out_of_memory", error, advice_to_save_memory(spec))
    if exit_code == -signal.SIGKILL:
        return _diagnose_kill(last_error, short_of_memory, spec)
    if exit_code == DISK_REFUSED:
        happened = Message("The trainer could not write this error into its events.")
        return Diagnosis("error", _after(last_error, happened), SPACE)
    if exit_code < 0:
        happened = Message("The trainer crashed with signal {signal}.", signal=_name(-exit_code))
    else:
        happened = Message("The trainer ended unexpectedly with exit code {code}.", code=exit_code)
    return Diagnosis("error", _after(last_error, happened), LOOK)


def _diagnose_kill(last_error: Message, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    if short_of_memory is False:
        killed = Message(
            "The trainer was killed (signal 9) by a person or another program; the machine was not short of memory."
        )
        return Diagnosis("killed", _after(last_error, killed), RESUME)
    if short_of_memory:
        killed = Message("The trainer was killed by the system (signal 9), because the machine ran out of memory.")
    else:
        killed = Message(
            "The trainer was killed by the system (signal 9), most likely because the machine ran out of memory."
        )
    return Diagnosis("out_of_memory", _after(last_error, killed), advice_to_save_memory(spec))


def advice_to_save_memory(spec: dict[str, Any]) -> Message:
    """Returns what to do when the memory of the machine or its GPU is too small for ``spec``, empty for no run's."""
    computation = spec.get("computation", {})
    batch_size = spec.get("fit", {}).get("batch_size")
    if not batch_size:
        return Message(
            "Use a smaller batch size or a smaller network, have the training data streamed, or take a machine with "
            "more memory, then run it again."
        )
    is_streamed = computation.get("data") == "streamed"
    if computation.get("precision", "mixed") == "float32":
        return _with_mixed_precision(batch_size, is_streamed)
    if is_streamed:
        return Message(
            "Use a smaller batch size than {batch_size} or a smaller network, or take a machine with more memory, then "
            "run it again.",
            batch_size=batch_size,
        )
    return Message(
        "Use a smaller batch size than {batch_size} or a smaller network, have the training data streamed, or take a "
        "machine with more memory, then run it again.",
        batch_size=batch_size,
    )


def _with_mixed_precision(batch_size: int, is_streamed: bool) -> Message:
    if is_streamed:
        return Message(
            "Use a smaller batch size than {batch_size}, mixed precision or a smaller network, or take a machine with "
            "more memory, then run it again.",
            batch_size=batch_size,
        )
    return Message(
        "Use a smaller batch size than {batch_size}, mixed precision or a smaller network, have the training data "
        "streamed, or take a machine with more memory, then run it again.",
        batch_size=batch_size,
    )


def last_error_line(text: str) -> str:
    """The last line that looks like an error, else the last line that is not empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not NOISE.match(line)]
    errors = [line for line in lines if ERROR_LINE.match(line)]
    return (errors or lines or [""])[-1][:MOST_CHARACTERS]


def _said(line: str) -> Message:
    """What a line says: a message of the trainer's own, or the words of a library."""
    own = line.removeprefix("error: ")
    return of_text(own) if own.startswith(OBJECT) else verbatim(own)


def _after(last_error: Message, happened: Message) -> Message:
    """The trainer's own message comes first: it is the most specific."""
    return joined_by("\n", (last_error, happened))


def _name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
