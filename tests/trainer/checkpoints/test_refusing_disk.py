"""A disk that reports errors, is full or may only be read, under a real training: it goes on, or ends in words."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import refusing
from tests.disks import SmallDisk
from tests.refusing import Call
from tests.soak.killing import Values, fit
from tests.trainer.processes import wait_for
from trainer.checkpoints import checkpoint_files
from trainer.events.events import AnyEvent, EpochEnded, Finished, Logged, parse_line
from trainer.events.sink import DiskRefused, EventSink

SPEC: Values = {
    "network": {"kind": "mlp", "layers": [{"units": 16, "dropout": 0.3}]},
    "fit": {"epochs": 6, "batch_size": 64},
    "checkpoints": {"every_epochs": 2, "keep_last": 10},
}


def events(out: Path) -> list[AnyEvent]:
    return [parse_line(line) for line in (out / "events.jsonl").read_text().splitlines()]


def warnings(out: Path) -> list[str]:
    return [str(event.message) for event in events(out) if isinstance(event, Logged) and event.level == "warning"]


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of which no fsync of cp-0004, and none of the events, succeeded; the calls are beside it."""
    folder = tmp_path_factory.mktemp("disturbed")
    environment = refusing.environment(folder, "fsync", "cp-0004", "/events.jsonl")
    assert fit(SPEC, folder / "out", **environment).wait() == 0, (folder / "out" / "output.txt").read_text()
    return folder / "out"


def test_a_checkpoint_that_was_not_stored_is_discarded_and_told(disturbed: Path) -> None:
    kept = sorted(path.name for path in (disturbed / "checkpoints").iterdir())
    assert kept == ["cp-0002", "cp-0006"]
    assert any("cp-0004 could not be written: Input/output error" in warning for warning in warnings(disturbed))
    checkpoint_files.verify(disturbed / "checkpoints" / "cp-0006")


def test_nothing_that_was_refused_once_is_trusted_later(disturbed: Path) -> None:
    calls = refusing.calls_of(disturbed.parent)
    refused = [call.path for call in calls if call.was_refused and "cp-0004" in call.path]
    assert len(refused) == 1, "the first refusal is the last call for that checkpoint"
    assert not any(call.name == "rename" and "cp-0004" in call.path for call in calls)


def test_events_that_were_not_stored_are_copied_into_a_file_that_is(disturbed: Path) -> None:
    calls = refusing.calls_of(disturbed.parent)
    copies = [call for call in calls if "/.events-" in call.path]
    assert [(call.name, call.to.endswith("/events.jsonl")) for call in copies[:2]] == [
        ("fsync", False),
        ("rename", True),
    ]
    assert [event.line for event in events(disturbed)] == list(range(1, len(events(disturbed)) + 1))
    assert [event.epoch for event in events(disturbed) if isinstance(event, EpochEnded)] == [1, 2, 3, 4, 5, 6]


def test_a_checkpoint_gets_its_name_when_all_of_it_is_stored(disturbed: Path) -> None:
    """What a loss of power leaves behind is then either the whole of it or nothing with a name."""
    calls = refusing.calls_of(disturbed.parent)
    named = [number for number, call in enumerate(calls) if call.name == "rename" and "/cp-" in call.to]
    assert len(named) == 2
    for number in named:
        draft, parent = calls[number].path, str(Path(calls[number].to).parent)
        stored = {call.path for call in calls[:number]}
        assert {f"{draft}/{name}" for name in ("model.keras", "state.npz", "manifest.json")} | {draft} <= stored
        assert calls[number + 1] == Call("fsync", False, parent)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    small = SmallDisk(tmp_path / "small", kilobytes=4096)
    yield small
    small.close()


def test_a_training_goes_on_over_a_full_disk_and_ends_whole(disk: SmallDisk, tmp_path: Path) -> None:
    out, beside = disk.path / "out", tmp_path / "beside"
    longer = SPEC | {"fit": {"epochs": 120, "batch_size": 64}, "checkpoints": {"every_epochs": 10}}
    process = fit(longer, out, beside=beside)
    wait_for(lambda: checkpoint_files.named(out / "checkpoints"))
    disk.fill()
    wait_for(lambda: "events cannot be written" in (beside / "output.txt").read_text())
    time.sleep(0.3)
    disk.free()
    assert process.wait(60) == 0, (beside / "output.txt").read_text()
    assert [event.epoch for event in events(out) if isinstance(event, EpochEnded)] == list(range(1, 121))
    assert any("Events could not be written for a while (No space left on device)" in line for line in warnings(out))
    assert checkpoint_files.verify(checkpoint_files.named(out / "checkpoints")[0]).epoch == 120


def epoch(number: int) -> EpochEnded:
    pace = {"learning_rate": 0.1, "seconds": 1.0, "examples_per_second": 1.0, "seconds_left": None}
    return EpochEnded(epoch=number, epochs=99, metrics={"loss": 1 / number}, **pace)


def test_events_wait_for_a_full_disk_in_their_order(disk: SmallDisk) -> None:
    sink = EventSink(disk.path)
    sink.emit(epoch(1))
    disk.fill()
    for number in range(2, 60):  # more than fit into what is left of the file's last block
        sink.emit(epoch(number))
    disk.free()
    sink.emit(epoch(60))
    told = events(disk.path)
    assert [event.epoch for event in told if isinstance(event, EpochEnded)] == list(range(1, 61))
    assert [event.line for event in told] == list(range(1, 62))
    (warning,) = warnings(disk.path)
    assert "No space left on device" in warning


def test_the_last_event_of_all_is_not_dropped_silently(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.events.sink.LAST_EVENT_SECONDS", 0.1)
    sink = EventSink(disk.path)
    disk.fill()
    with pytest.raises(DiskRefused, match="No space left"):
        sink.emit(Finished(reason="completed", epoch=9))
    assert events(disk.path) == []


def test_a_folder_that_may_only_be_read_is_refused_in_one_line(disk: SmallDisk, tmp_path: Path) -> None:
    disk.remount("ro")
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(SPEC))
    command = [sys.executable, "-m", "trainer", "fit", str(asked), "--out", str(disk.path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.strip()) == (2, f"trainer: {disk.path / 'out'}: Read-only file system")
