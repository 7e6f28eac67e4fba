"""Why a trainer died without a word of its own: its exit code and its last lines, put into a sentence."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

MEMORY_WORDS = re.compile(
    r"MemoryError|ResourceExhausted|RESOURCE_EXHAUSTED|out of memory|OOM when allocating|bad_alloc|"
    r"Cannot allocate memory|CUDA_ERROR_OUT_OF_MEMORY",
    re.IGNORECASE,
)
ERROR_LINE = re.compile(r"^\s*(?:[\w.]+(?:Error|Exception|Interrupt|Exit)\b.*|.*\b(?:error|fatal|abort)\b.*)$", re.I)
NOISE = re.compile(r"^(?:I0000|W0000|WARNING|\d{4}-\d\d-\d\d .*: [IW] )")
SMALLER = "Use a smaller batch size or a smaller network, or a machine with more memory, then run it again."
LOOK = "The trainer's log has the whole story. Resume the run to go on from its latest checkpoint."


@dataclass(frozen=True)
class Verdict:
    """What goes into the job's row."""

    cause: str
    error: str
    advice: str


def verdict_on(exit_code: int, last_words: str) -> Verdict:
    """Judge a death. Exit codes are those of ``subprocess``: -9 is the signal SIGKILL."""
    said = last_error_line(last_words)
    if MEMORY_WORDS.search(last_words):
        return Verdict("out_of_memory", _sentence("The trainer ran out of memory", said), SMALLER)
    if exit_code == -signal.SIGKILL:
        error = "The trainer was killed by the system (signal 9), most likely because the machine ran out of memory"
        return Verdict("out_of_memory", _sentence(error, said), SMALLER)
    if exit_code < 0:
        return Verdict("error", _sentence(f"The trainer crashed with signal {_name(-exit_code)}", said), LOOK)
    return Verdict("error", _sentence(f"The trainer ended unexpectedly with exit code {exit_code}", said), LOOK)


def last_error_line(text: str) -> str:
    """The last line that looks like an error, else the last line that says anything."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not NOISE.match(line)]
    errors = [line for line in lines if ERROR_LINE.match(line)]
    return (errors or lines or [""])[-1][:500]


def _sentence(happened: str, said: str) -> str:
    """The trainer's own words come first: they say most."""
    return f"{said}\n{happened}." if said else f"{happened}."


def _name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
