"""Reading a team's file is limited in time and memory, and what ends it is a sentence."""

from __future__ import annotations

import errno
import time
from pathlib import Path

import pytest

from tests.trainer.material import quiet
from trainer.data.own import importing
from trainer.data.own.choices import Choices
from trainer.errors import BadData
from trainer.events.events import Failed
from trainer.process import own_data


class Recorded:
    """A sink that keeps the last event."""

    last: Failed | None = None

    def emit(self, event: Failed) -> None:
        self.last = event


@pytest.mark.parametrize(("seconds", "ends"), [(0.01, True), (60, False), (None, False)])
def test_what_takes_too_long_is_ended(
    seconds: float | None, ends: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[int] = []
    monkeypatch.setattr(own_data, "limit_memory", lambda _: None)
    monkeypatch.setattr(own_data.os, "_exit", codes.append)
    sink = Recorded()
    with own_data.limited(sink, tmp_path, seconds):
        time.sleep(0.1)
    assert (codes, sink.last is not None) == ([1] * ends, ends)
    if sink.last:
        assert "took longer than the 2.78e-06 hours that are allowed" in str(sink.last.error)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(MemoryError(), "needs more than 8 GiB of memory"), (OSError(errno.ENOSPC, "full"), "The disk is full.")],
)
def test_what_runs_out_is_said(
    error: Exception, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(importing, "understand", fails)
    with pytest.raises(BadData, match=sentence):
        own_data.understand_file(tmp_path / "a.csv", Choices(), quiet)
