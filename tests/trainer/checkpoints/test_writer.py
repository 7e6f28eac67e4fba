from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import keras
import pytest

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.checkpoints.loading import weights_digest
from trainer.checkpoints.state import Snapshot, SnapshotFiles, TrainingState
from trainer.checkpoints.writer import CheckpointWriter
from trainer.events.events import CheckpointSaved, parse_line
from trainer.events.sink import EventSink


@pytest.fixture
def state() -> TrainingState:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return TrainingState(model)


def manifest(epoch: int) -> Manifest:
    return Manifest(epoch=epoch, step=0, digest="", metrics={}, spec={}, content_hash="c")


def kinds(folder: Path) -> list[str]:
    return [parse_line(line).kind for line in (folder / "events.jsonl").read_text().splitlines()]


def test_what_is_written_is_the_moment_of_the_copy(tmp_path: Path, state: TrainingState) -> None:
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    before = weights_digest(state.model)
    writer.submit(manifest(1))
    state.model.weights[0].assign(state.model.weights[0] * 0)
    writer.finish()
    assert checkpoint_files.verify(tmp_path / "c" / "cp-0001").digest == before


def test_checkpoints_that_come_too_fast_are_coalesced(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, original = threading.Event(), SnapshotFiles.write

    def slow(files: SnapshotFiles, snapshot: Snapshot, folder: Path) -> None:
        may_write.wait(10)
        original(files, snapshot, folder)

    monkeypatch.setattr(SnapshotFiles, "write", slow)
    monkeypatch.setattr("trainer.checkpoints.writer.FREE_SECONDS", 0.0)
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    writer.submit(manifest(1))
    while not (tmp_path / "c").is_dir():
        pass
    for epoch in (2, 3, 4):
        writer.submit(manifest(epoch))
    may_write.set()
    writer.finish()
    assert [folder.name for folder in checkpoint_files.named(tmp_path / "c")] == ["cp-0004", "cp-0001"]


def written(folder: Path) -> list[tuple[int, int]]:
    """Epoch and step of the checkpoints in the order in which they were written."""
    found = (parse_line(line) for line in (folder / "events.jsonl").read_text().splitlines())
    return [(event.epoch, event.step) for event in found if isinstance(event, CheckpointSaved)]


def test_of_best_epochs_that_follow_each_other_fast_the_last_is_written(tmp_path: Path, state: TrainingState) -> None:
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    for epoch in (1, 2, 3):
        writer.submit(manifest(epoch), is_due=False, is_best=True)
    writer.finish()
    assert written(tmp_path) == [(3, 0)]


def test_the_best_epoch_is_written_before_any_later_moment_and_never_twice(
    tmp_path: Path, state: TrainingState
) -> None:
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    writer.submit(manifest(3), is_due=False, is_best=True)
    writer.submit(replace(manifest(4), step=7))
    writer.submit(manifest(5), is_best=True)
    writer.settle()
    assert written(tmp_path) == [(3, 0), (4, 7), (5, 0)]


def test_a_best_epoch_is_written_by_itself_when_there_was_time(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.checkpoints.writer.BEST_AFTER", 0.0)
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    writer.submit(manifest(1), is_due=False, is_best=True)
    deadline = time.monotonic() + 30
    while not (tmp_path / "c" / "cp-0001").is_dir() and time.monotonic() < deadline:
        time.sleep(0.01)
    writer.settle()
    assert written(tmp_path) == [(1, 0)]


def test_a_best_epoch_that_the_disk_refused_is_tried_again_and_said_once(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1}))
        writer.submit(manifest(1), is_due=False, is_best=True)
        writer.submit(manifest(2))
        writer.settle()
    writer.submit(manifest(3))
    writer.finish()
    assert sorted(written(tmp_path)) == [(1, 0), (3, 0)]
    assert kinds(tmp_path).count("log") == 2


def test_a_full_disk_is_a_warning_and_the_next_save_may_work(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1}))
        writer.submit(manifest(1))
        writer.settle()
    writer.submit(manifest(2))
    writer.finish()
    assert kinds(tmp_path) == ["log", "checkpoint"]


def test_a_last_checkpoint_that_cannot_be_written_is_an_error(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1}))
    monkeypatch.setattr("trainer.checkpoints.writer.LAST_SECONDS", 1.0)
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    writer.submit(manifest(1))
    with pytest.raises(OSError, match="MB are needed"):
        writer.finish()
    assert kinds(tmp_path) == ["log"]


def test_the_last_checkpoint_is_tried_again_while_somebody_makes_room(
    tmp_path: Path, state: TrainingState, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = iter([1, 1, 10**12])
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": next(room)}))
    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=lambda: None)
    writer.submit(manifest(1))
    writer.finish()
    assert kinds(tmp_path) == ["log", "checkpoint"]


def test_a_checkpoint_is_whole_though_older_ones_could_not_be_removed(tmp_path: Path, state: TrainingState) -> None:
    def refuse() -> None:
        raise OSError(5, "Input/output error")

    writer = CheckpointWriter(state, tmp_path / "c", EventSink(tmp_path), after=refuse)
    writer.submit(manifest(1))
    writer.finish()
    assert kinds(tmp_path) == ["checkpoint", "log"]


def test_the_model_file_is_what_keras_would_have_written(tmp_path: Path, state: TrainingState) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    SnapshotFiles(state.inference).write(state.copy(), folder)
    state.inference.save(tmp_path / "keras.keras")
    with ZipFile(folder / "model.keras") as ours, ZipFile(tmp_path / "keras.keras") as theirs:
        assert ours.namelist() == theirs.namelist()
        assert json.loads(ours.read("metadata.json")).keys() == json.loads(theirs.read("metadata.json")).keys()
    loaded = keras.saving.load_model(folder / "model.keras")
    assert weights_digest(loaded) == weights_digest(state.model)
