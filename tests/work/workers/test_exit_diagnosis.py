"""A death without a word is put into a sentence, with what the trainer said last in front."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from trainer.events.events import DISK_REFUSED
from trainer.events.failures import failure_of
from trainer.messages.message import Message, as_text
from webapp.jobs.wording import without_paths
from webapp.workers.exit_diagnosis import Diagnosis, diagnose, last_error_line
from webapp.workers.oom_watch import OomWatch, num_kills

pytestmark = pytest.mark.one_database

TRACEBACK = """Epoch 3
Traceback (most recent call last):
  File "fit.py", line 3, in fit
ValueError: shapes (3,) and (4,) do not match
I0000 00:00:17 cuda_executor.cc:1015 some noise
"""


def judge(exit_code: int, words: str, short_of_memory: bool | None = False, **spec: Any) -> Diagnosis:
    return diagnose(exit_code, words, short_of_memory=short_of_memory, spec=spec)


@pytest.mark.parametrize(
    ("exit_code", "words", "cause"),
    [
        (-9, "", "killed"),
        (1, "MemoryError", "out_of_memory"),
        (-6, "memory allocation of 8589934592 bytes failed", "out_of_memory"),
        (1, "tensorflow...ResourceExhaustedError: OOM when allocating tensor", "out_of_memory"),
        (1, "XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate", "out_of_memory"),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'", "out_of_memory"),
        (-11, "", "error"),
        (1, TRACEBACK, "error"),
    ],
)
def test_deaths_are_told_apart(exit_code: int, words: str, cause: str) -> None:
    verdict = judge(exit_code, words)
    assert verdict.cause == cause
    assert verdict.advice


@pytest.mark.parametrize(("short", "words"), [(True, "because the machine"), (None, "most likely because")])
def test_a_kill_for_want_of_memory_is_known(short: bool | None, words: str) -> None:
    verdict = judge(-9, "", short)
    assert (verdict.cause, words in str(verdict.error)) == ("out_of_memory", True)


def test_the_advice_fits_the_spec() -> None:
    plain = judge(1, "MemoryError", fit={"batch_size": 512}, computation={"precision": "float32"})
    mixed = judge(1, "MemoryError", fit={"batch_size": 512}, computation={"precision": "mixed_bfloat16"})
    assert str(plain.advice).startswith("Use a smaller batch size than 512, mixed precision or a smaller network")
    assert "mixed precision" not in str(mixed.advice)


def test_a_trainer_whose_disk_takes_nothing_says_so_by_its_exit_code() -> None:
    verdict = judge(DISK_REFUSED, "Loading Keras\n\nerror: The disk is full.")
    assert str(verdict.error) == "The disk is full.\nThe trainer could not write this error into its events."
    assert "has free space and can be written" in str(verdict.advice)


def test_its_own_message_is_read_back_with_its_values() -> None:
    refused = Message("{free:,} MB are free\u2028 and needed", free=3)
    verdict = judge(DISK_REFUSED, f"error: {as_text(refused, ascii_only=True)}\n")
    assert str(verdict.error).startswith("3 MB are free")
    assert verdict.error.values["first"] == refused


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full."),
        (OSError(errno.ENOSPC, "3 MB are free and 8 MB are needed"), "The disk is full: 3 MB are free"),
        (OSError(errno.EROFS, "Read-only file system"), "The disk is read-only."),
        (OSError(errno.EIO, "Input/output error"), "The disk reports errors."),
    ],
)
def test_what_a_disk_refuses_has_its_own_sentence(error: OSError, sentence: str) -> None:
    failed = failure_of(error)
    assert str(failed.error).startswith(sentence)
    assert str(failed.advice).endswith("then resume the run.")


def test_kills_for_want_of_memory_are_counted() -> None:
    count = num_kills()
    assert count is None or count >= 0
    assert OomWatch().killed() in {None, False}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("No such file: '/srv/data/runs/spec.json'", "No such file: '…/spec.json'"),
        ("cp-0005/model.keras was changed", "cp-0005/model.keras was changed"),
        ("see https://example.org/a/b and 3/4", "see https://example.org/a/b and 3/4"),
    ],
)
def test_an_error_shows_no_folder_of_the_machine(given: str, shown: str) -> None:
    assert str(without_paths(Message(given))) == shown
    assert str(without_paths(Message("It failed: {error}", error=given))) == f"It failed: {shown}"


def test_the_last_error_line_comes_first() -> None:
    assert last_error_line(TRACEBACK) == "ValueError: shapes (3,) and (4,) do not match"
    assert str(judge(1, TRACEBACK).error).startswith("ValueError: shapes")


def test_a_crash_names_its_signal() -> None:
    assert "signal 11 (SIGSEGV)" in str(judge(-11, "").error)


def test_what_tensorflow_says_of_memory_is_found_in_its_pages() -> None:
    pages = "Graph execution error:\n\nDetected at node Adam/add defined at\n  File fit.py\nOOM when allocating tensor"
    failed = failure_of(type("ResourceExhaustedError", (Exception,), {})(pages))
    assert (failed.cause, str(failed.error)) == ("out_of_memory", "OOM when allocating tensor")
