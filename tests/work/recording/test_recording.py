"""Events wait in their file while the database is away, and arrive once and in order when it is back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import OperationalError

from trainer.events.events import AnyEvent, Logged
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from webapp.workers.recording import recording
from webapp.workers.recording.event_file import EventFile
from webapp.workers.recording.recording import Recording


class Database:
    """Is away for the first ``num_failures`` times; one of them after it has stored the events."""

    def __init__(self, num_failures: int = 0, *, is_fenced: bool = False) -> None:
        self.num_failures, self.is_fenced = num_failures, is_fenced
        self.lines: list[int] = []

    def record(self, events: Sequence[AnyEvent]) -> bool:
        self.num_failures -= 1
        if self.num_failures >= 0:
            raise OperationalError("database is locked")
        self.lines += [event.line for event in events]
        return not self.is_fenced


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FIRST_PAUSE_SECONDS", 0.001)


def a_recording(folder: Path, database: Database, num_events: int = 3) -> Recording:
    sink = EventSink(folder)
    for number in range(num_events):
        sink.emit(Logged(level="info", message=Message(str(number))))
    return Recording(EventFile(folder / "events.jsonl"), lambda events: None, database.record)


def test_everything_arrives_once_and_in_order_when_the_database_is_back(tmp_path: Path) -> None:
    database = Database(num_failures=4)
    a_recording(tmp_path, database, num_events=1200).finish(lambda: False)
    assert database.lines == list(range(1, 1201))


def test_it_gives_up_only_while_the_database_is_away(tmp_path: Path) -> None:
    there, away = Database(), Database(num_failures=1000)
    (tmp_path / "a").mkdir()
    a_recording(tmp_path / "a", there, num_events=1200).finish(lambda: True)
    a_recording(tmp_path / "b", away).finish(lambda: True)
    assert (len(there.lines), away.lines) == (1200, [])


def test_nothing_more_is_recorded_once_it_is_fenced_off(tmp_path: Path) -> None:
    held = a_recording(tmp_path, Database(is_fenced=True))
    held.finish(lambda: False)
    assert held.is_fenced
    assert not held.step()


def test_a_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    line = Logged(line=1, level="info", message=Message("whole")).model_dump_json() + "\n"
    file.write_text(line[:20])
    events = EventFile(file)
    assert events.read() == []
    file.write_text(line)
    assert [event.line for event in events.read()] == [1]


def test_a_line_that_is_no_event_becomes_a_warning_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"kind": "dance"}\n')
    (event,) = EventFile(file).read()
    assert isinstance(event, Logged)
    assert (event.line, event.level) == (1, "warning")
