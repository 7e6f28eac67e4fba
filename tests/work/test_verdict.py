"""A death without a word is put into a sentence, with what the trainer said last in front."""

from __future__ import annotations

import pytest

from webapp.workers.verdict import last_error_line, verdict_on

TRACEBACK = """Epoch 3
Traceback (most recent call last):
  File "fit.py", line 3, in fit
ValueError: shapes (3,) and (4,) do not match
I0000 00:00:17 cuda_executor.cc:1015 some noise
"""


@pytest.mark.parametrize(
    ("exit_code", "words", "cause"),
    [
        (-9, "", "out_of_memory"),
        (1, "MemoryError", "out_of_memory"),
        (1, "tensorflow...ResourceExhaustedError: OOM when allocating tensor", "out_of_memory"),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'", "out_of_memory"),
        (-11, "", "error"),
        (1, TRACEBACK, "error"),
    ],
)
def test_deaths_are_told_apart(exit_code: int, words: str, cause: str) -> None:
    verdict = verdict_on(exit_code, words)
    assert verdict.cause == cause
    assert verdict.advice


def test_the_last_error_line_comes_first() -> None:
    assert last_error_line(TRACEBACK) == "ValueError: shapes (3,) and (4,) do not match"
    assert verdict_on(1, TRACEBACK).error.startswith("ValueError: shapes")


def test_a_crash_names_its_signal() -> None:
    assert "signal 11 (SIGSEGV)" in verdict_on(-11, "").error
