from __future__ import annotations

import threading
from pathlib import Path

from trainer.events.events import EpochEnded, Event, Logged, parse_line
from trainer.events.sink import EventSink
from trainer.messages.message import Message


def lines(folder: Path) -> list[Event]:
    return [parse_line(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def said(text: str) -> Logged:
    return Logged(level="info", message=Message(text))


def test_events_are_numbered_from_one(tmp_path: Path) -> None:
    sink = EventSink(tmp_path)
    for text in ("a", "b"):
        sink.emit(said(text))
    assert [event.line for event in lines(tmp_path)] == [1, 2]


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    EventSink(tmp_path).emit(said("first"))
    EventSink(tmp_path).emit(said("second"))
    assert [event.line for event in lines(tmp_path)] == [1, 2]


def test_a_line_torn_by_a_kill_is_cut_off(tmp_path: Path) -> None:
    EventSink(tmp_path).emit(said("whole"))
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"line": 2, "kind": "lo')
    EventSink(tmp_path).emit(said("after"))
    assert [event.line for event in lines(tmp_path)] == [1, 2]


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    sink = EventSink(tmp_path)
    writers = [threading.Thread(target=lambda: [sink.emit(said("x" * 500)) for _ in range(50)])]
    writers += [threading.Thread(target=lambda: [sink.emit(said("y")) for _ in range(50)])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [event.line for event in lines(tmp_path)] == list(range(1, 101))


def test_every_event_rings_the_bell(tmp_path: Path) -> None:
    heard: list[Event] = []
    EventSink(tmp_path, heard.append).emit(said("a"))
    assert [event.kind for event in heard] == ["log"]  # type: ignore[attr-defined]


def test_nan_survives_the_journey_as_valid_json(tmp_path: Path) -> None:
    event = EpochEnded(
        epoch=1, epochs=2, metrics={"loss": float("nan"), "val_loss": float("inf")}, learning_rate=0.1,
        seconds=1, examples_per_second=1, seconds_left=None,
    )  # fmt: skip
    EventSink(tmp_path).emit(event)
    text = (tmp_path / "events.jsonl").read_text()
    assert '"loss":"NaN"' in text
    assert '"val_loss":"Infinity"' in text
    (read,) = lines(tmp_path)
    assert read.metrics["loss"] != read.metrics["loss"]  # type: ignore[attr-defined]
