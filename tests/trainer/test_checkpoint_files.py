from __future__ import annotations

import json
from pathlib import Path

import pytest

from trainer import checkpoints
from trainer.checkpoints import CheckpointDamaged, Manifest, Moment


def write_two_files(folder: Path) -> None:
    (folder / "model.keras").write_bytes(b"weights" * 100)
    (folder / "state.npz").write_bytes(b"slots" * 100)


def make(parent: Path, epoch: int = 5, step: int = 0) -> Path:
    manifest = Manifest(epoch=epoch, step=step, digest="d", metrics={"loss": 0.5}, spec={}, content_hash="c")
    return checkpoints.write(parent, manifest, write_two_files)[0]


def test_a_checkpoint_is_named_after_its_epoch_and_step() -> None:
    assert [Moment(5).name, Moment(12, 120).name] == ["cp-0005", "cp-0012-s00120"]


def test_a_written_checkpoint_verifies_and_leaves_no_draft(tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert checkpoints.verify(folder).moment == Moment(5)
    assert [path.name for path in tmp_path.iterdir()] == ["cp-0005"]


def test_the_latest_comes_first(tmp_path: Path) -> None:
    for epoch, step in ((5, 0), (10, 0), (10, 7), (9, 99)):
        make(tmp_path, epoch, step)
    (tmp_path / ".writing-cp-0011-abc").mkdir()
    assert [path.name for path in checkpoints.named(tmp_path)] == [
        "cp-0010-s00007",
        "cp-0010",
        "cp-0009-s00099",
        "cp-0005",
    ]


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / "model.keras").read_bytes())
    content[10] ^= 1
    (folder / "model.keras").write_bytes(content)


def change_version(folder: Path) -> None:
    values = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(values | {"format_version": 99}))


DAMAGES = {
    "changed": (flip_a_byte, "was changed"),
    "truncated": (lambda folder: (folder / "state.npz").write_bytes(b"s"), "has 1 bytes instead of 500"),
    "missing": (lambda folder: (folder / "state.npz").unlink(), "state.npz cannot be read"),
    "extra": (lambda folder: (folder / "more").touch(), "more does not belong"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "no manifest.json"),
    "empty manifest": (lambda folder: (folder / "manifest.json").write_text(""), "cannot be read"),
    "other version": (change_version, "has format 99"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_has_its_own_sentence(tmp_path: Path, damage: str) -> None:
    folder = make(tmp_path)
    break_it, sentence = DAMAGES[damage]
    break_it(folder)
    with pytest.raises(CheckpointDamaged, match=sentence):
        checkpoints.verify(folder)


def test_a_write_that_fails_leaves_nothing_and_keeps_the_previous(tmp_path: Path) -> None:
    make(tmp_path, 5)

    def fail(folder: Path) -> None:
        (folder / "model.keras").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    manifest = Manifest(epoch=10, step=0, digest="d", metrics={}, spec={}, content_hash="c")
    with pytest.raises(OSError, match="No space"):
        checkpoints.write(tmp_path, manifest, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["cp-0005"]


def test_a_damaged_checkpoint_set_aside_frees_its_name(tmp_path: Path) -> None:
    aside = checkpoints.set_aside(make(tmp_path))
    assert checkpoints.named(tmp_path) == []
    assert aside.name.startswith("damaged-cp-0005-")


def test_sweeping_removes_unfinished_folders_only(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (tmp_path / ".writing-cp-0006-abc").mkdir()
    checkpoints.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
