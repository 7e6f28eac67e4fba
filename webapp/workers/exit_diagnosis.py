"""Why a trainer died without reporting an error: a sentence from its exit code and its last lines of output."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import Any

from trainer.events.events import DISK_REFUSED

MEMORY_WORDS = re.compile(
    r"MemoryError|ResourceExhausted|RESOURCE_EXHAUSTED|out of memory|OOM when allocating|bad_alloc|"
    r"Cannot allocate memory|CUDA_ERROR_OUT_OF_MEMORY",
    re.IGNORECASE,
)
ERROR_LINE = re.compile(r"^\s*(?:[\w.]+(?:Error|Exception|Interrupt|Exit)\b.*|.*\b(?:error|fatal|abort)\b.*)$", re.I)
NOISE = re.compile(r"^(?:I0000|W0000|WARNING|\d{4}-\d\d-\d\d .*: [IW] )")
RESUME = "Resume the run from its latest checkpoint."
SPACE = "Check that the disk of the worker's data folder has free space and can be written. Then resume the run."
LOOK = "The trainer's log has the details. Resume the run from its latest checkpoint."


@dataclass(frozen=True)
class Diagnosis:
    """The cause, error and advice that are stored in the job's row."""

    cause: str
    error: str
    advice: str


def diagnose(exit_code: int, log_tail: str, *, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    """Explain why a trainer ended. Exit codes are those of ``subprocess``: -9 is the signal SIGKILL.

    ``short_of_memory`` is whether the kernel killed processes because memory ran out, ``None`` when unknown.
    """
    last_error = last_error_line(log_tail)
    if MEMORY_WORDS.search(log_tail):
        error = _sentence("The trainer ran out of memory", last_error)
        return Diagnosis("out_of_memory", error, advice_to_save_memory(spec))
    if exit_code == -signal.SIGKILL:
        return _diagnose_kill(last_error, short_of_memory, spec)
    if exit_code == DISK_REFUSED:
        happened = "The trainer could not write this error into its events"
        return Diagnosis("error", _sentence(happened, last_error.removeprefix("error: ")), SPACE)
    if exit_code < 0:
        return Diagnosis("error", _sentence(f"The trainer crashed with signal {_name(-exit_code)}", last_error), LOOK)
    return Diagnosis("error", _sentence(f"The trainer ended unexpectedly with exit code {exit_code}", last_error), LOOK)


def _diagnose_kill(last_error: str, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    if short_of_memory is False:
        error = "The trainer was killed (signal 9) by a person or another program; the machine was not short of memory"
        return Diagnosis("killed", _sentence(error, last_error), RESUME)
    certainty = "because" if short_of_memory else "most likely because"
    error = f"The trainer was killed by the system (signal 9), {certainty} the machine ran out of memory"
    return Diagnosis("out_of_memory", _sentence(error, last_error), advice_to_save_memory(spec))


def advice_to_save_memory(spec: dict[str, Any]) -> str:
    """Returns what to do when the memory of the machine or its GPU is too small for ``spec``."""
    batch_size = spec.get("fit", {}).get("batch_size")
    ways = [f"a smaller batch size than {batch_size}" if batch_size else "a smaller batch size"]
    if spec.get("computation", {}).get("precision", "mixed") == "float32":
        ways.append("mixed precision")
    stream = "" if spec.get("computation", {}).get("data") == "streamed" else "have the training data streamed, "
    return f"Use {', '.join(ways)} or a smaller network, {stream}or take a machine with more memory, then run it again."


def last_error_line(text: str) -> str:
    """The last line that looks like an error, else the last line that is not empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not NOISE.match(line)]
    errors = [line for line in lines if ERROR_LINE.match(line)]
    return (errors or lines or [""])[-1][:500]


def _sentence(happened: str, last_error: str) -> str:
    """The trainer's own message comes first: it is the most specific."""
    return f"{last_error}\n{happened}." if last_error else f"{happened}."


def _name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
