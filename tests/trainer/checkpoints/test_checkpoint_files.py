from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest, Moment
from trainer.errors import CheckpointDamaged

FILES = ("model.keras", "state.npz")


def content_of(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with what is in it."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def write_two_files(folder: Path) -> None:
    (folder / "model.keras").write_bytes(b"weights" * 100)
    (folder / "state.npz").write_bytes(b"slots" * 100)


def make(parent: Path, epoch: int = 5, step: int = 0) -> Path:
    manifest = Manifest(epoch=epoch, step=step, digest="d", metrics={"loss": 0.5}, spec={}, content_hash="c")
    return checkpoint_files.write(parent, manifest, write_two_files)[0]


def test_a_checkpoint_is_named_after_its_epoch_and_step() -> None:
    assert [Moment(5).name, Moment(12, 120).name] == ["cp-0005", "cp-0012-s00120"]


def test_a_written_checkpoint_verifies_and_leaves_no_draft(tmp_path: Path) -> None:
    folder = make(tmp_path)
    assert checkpoint_files.verify(folder).moment == Moment(5)
    assert [path.name for path in tmp_path.iterdir()] == ["cp-0005"]


def test_the_latest_comes_first(tmp_path: Path) -> None:
    for epoch, step in ((5, 0), (10, 0), (10, 7), (9, 99)):
        make(tmp_path, epoch, step)
    (tmp_path / ".writing-cp-0011-abc").mkdir()
    assert [path.name for path in checkpoint_files.named(tmp_path)] == [
        "cp-0010-s00007",
        "cp-0010",
        "cp-0009-s00099",
        "cp-0005",
    ]


def flip_a_byte(folder: Path) -> None:
    content = bytearray((folder / "model.keras").read_bytes())
    content[10] ^= 1
    (folder / "model.keras").write_bytes(content)


def change(folder: Path, **values: object) -> None:
    """Change what the manifest says."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | values))


def replace_manifest_by_folder(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


DAMAGES = {
    "changed": (flip_a_byte, "was changed"),
    "truncated": (lambda folder: (folder / "state.npz").write_bytes(b"s"), "has 1 bytes instead of 500"),
    "missing": (lambda folder: (folder / "state.npz").unlink(), "cp-0005/state.npz is missing"),
    "extra": (lambda folder: (folder / "more").touch(), "more does not belong"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "no manifest.json"),
    "empty manifest": (lambda folder: (folder / "manifest.json").write_text(""), "is not a manifest"),
    "a folder for a manifest": (replace_manifest_by_folder, "cannot be read"),
    "newer release": (lambda folder: change(folder, format_version=99), "newer release: it has format 99"),
    "older release": (lambda folder: change(folder, format_version=0), "older release: it has format 0"),
    "no release": (lambda folder: change(folder, format_version=None), "not written by Trainyard"),
    "no epoch": (lambda folder: change(folder, epoch="five"), "no usable epoch"),
    "unknown field": (lambda folder: change(folder, colour="red"), "unexpected fields"),
    "a path out of it": (lambda folder: change(folder, files={"../secret": {}}), "does not list model.keras"),
    "no hashes": (lambda folder: change(folder, files={name: {} for name in FILES}), "does not describe"),
    "another's name": (lambda folder: change(folder, epoch=6), "cp-0005 holds the files of cp-0006"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_has_its_own_sentence(tmp_path: Path, damage: str) -> None:
    folder = make(tmp_path)
    break_it, sentence = DAMAGES[damage]
    break_it(folder)
    before = content_of(tmp_path)
    with pytest.raises(CheckpointDamaged, match=sentence) as refusal:
        checkpoint_files.verify(folder)
    assert str(tmp_path) not in str(refusal.value)
    assert content_of(tmp_path) == before


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(ANY_JSON | st.dictionaries(st.sampled_from([*vars(Manifest(5, 0, "", {}, {}, "")), *FILES]), ANY_JSON))
def test_whatever_a_manifest_says_is_refused_with_a_sentence(tmp_path_factory: pytest.TempPathFactory, said) -> None:
    folder = make(tmp_path_factory.mktemp("any"))
    whole = json.loads((folder / "manifest.json").read_text())
    text = json.dumps(whole | said if isinstance(said, dict) else said)
    (folder / "manifest.json").write_text(text)
    with suppress(CheckpointDamaged):
        assert checkpoint_files.verify(folder).files == whole["files"]


@given(st.sampled_from(["model.keras", "state.npz"]), st.binary(max_size=900))
def test_other_bytes_are_never_taken_for_whole(tmp_path_factory: pytest.TempPathFactory, name, content) -> None:
    folder = make(tmp_path_factory.mktemp("bytes"))
    (folder / name).write_bytes(content)
    with pytest.raises(CheckpointDamaged, match=f"cp-0005/{name}"):
        checkpoint_files.verify(folder)


def test_a_write_that_fails_leaves_nothing_and_keeps_the_previous(tmp_path: Path) -> None:
    make(tmp_path, 5)

    def fail(folder: Path) -> None:
        (folder / "model.keras").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    manifest = Manifest(epoch=10, step=0, digest="d", metrics={}, spec={}, content_hash="c")
    with pytest.raises(OSError, match="No space"):
        checkpoint_files.write(tmp_path, manifest, fail)
    assert [path.name for path in tmp_path.iterdir()] == ["cp-0005"]


def test_a_damaged_checkpoint_set_aside_frees_its_name(tmp_path: Path) -> None:
    aside = checkpoint_files.set_aside(make(tmp_path))
    assert checkpoint_files.named(tmp_path) == []
    assert aside.name.startswith("damaged-cp-0005-")


def test_sweeping_removes_unfinished_folders_only(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (tmp_path / ".writing-cp-0006-abc").mkdir()
    checkpoint_files.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
