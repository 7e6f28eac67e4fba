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
SPACE = "See that the disk of the worker's data folder has room and can be written. Then resume the run."
LOOK = "The trainer's log has the details. Resume the run from its latest checkpoint."


@dataclass(frozen=True)
class Diagnosis:
    """What is stored in the job's row."""

    cause: str
    error: str
    advice: str


def diagnose(exit_code: int, log_tail: str, *, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    """Explain how a trainer ended. Exit codes are those of ``subprocess``: -9 is the signal SIGKILL.

    ``short_of_memory`` is whether the kernel killed processes because memory ran out, ``None`` where that is unknown.
    """
    said = last_error_line(log_tail)
    if MEMORY_WORDS.search(log_tail):
        return Diagnosis("out_of_memory", _sentence("The trainer ran out of memory", said), smaller(spec))
    if exit_code == -signal.SIGKILL:
        return _verdict_on_kill(said, short_of_memory, spec)
    if exit_code == DISK_REFUSED:
        said = said.removeprefix("error: ")
        return Diagnosis("error", _sentence("The trainer could not write this error into its events", said), SPACE)
    if exit_code < 0:
        return Diagnosis("error", _sentence(f"The trainer crashed with signal {_name(-exit_code)}", said), LOOK)
    return Diagnosis("error", _sentence(f"The trainer ended unexpectedly with exit code {exit_code}", said), LOOK)


def _verdict_on_kill(said: str, short_of_memory: bool | None, spec: dict[str, Any]) -> Diagnosis:
    if short_of_memory is False:
        error = "The trainer was killed (signal 9) by a person or another program; the machine was not short of memory"
        return Diagnosis("killed", _sentence(error, said), RESUME)
    certainty = "because" if short_of_memory else "most likely because"
    error = f"The trainer was killed by the system (signal 9), {certainty} the machine ran out of memory"
    return Diagnosis("out_of_memory", _sentence(error, said), smaller(spec))


def smaller(spec: dict[str, Any]) -> str:
    """What to do when the memory of the machine or its GPU is too small for ``spec``."""
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


def _sentence(happened: str, said: str) -> str:
    """The trainer's own message comes first: it is the most specific."""
    return f"{said}\n{happened}." if said else f"{happened}."


def _name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
