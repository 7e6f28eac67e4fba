"""Prepared datasets: what is written once, found again, mapped, and refused when it is not what was written."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.made_up import table_facts
from tests.trainer.material import data_of, quiet
from trainer.data.bundled import sources
from trainer.data.bundled.catalog import facts_of
from trainer.data.loading import load
from trainer.data.prepared import PreparedDamaged, read_prepared, verify
from trainer.data.preparing import DRAFT, content_hash, open_named, write_prepared
from trainer.system.durable_files import describe

OWN = table_facts(("a", "b", "c"), ("no", "yes"), 20, name="ours", title="Ours", num_test=5)
# Of 0.1, which had no prepared datasets: its specs and checkpoints name them.
HASHES = {
    "digits": "e2b09e6010006a337ecb5675a414a40722182a7922a5b7c66a3f8f154e47a738",
    "iris": "72e8644bc47decc26af92d4b6c95ec3c7186ed1f23c946042126237bd4e0b038",
    "diabetes": "44e5b0f3150c56863ef2188f5727a11f639313b0f065f878428e46c8eb8b8c0b",
}


def arrays(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.normal(size=(20, 3)).astype(np.float32), np.arange(20, dtype=np.int32) % 2


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    return write_prepared(OWN, *arrays(), tmp_path)


def test_images_and_tables_are_float32_or_bytes_and_classes_int32() -> None:
    assert data_of("digits").inputs.dtype == data_of("iris").inputs.dtype == np.float32
    assert data_of("iris").targets.dtype == np.int32
    assert data_of("diabetes").targets.dtype == np.float32


def test_what_is_prepared_is_opened_as_it_was(prepared: Path) -> None:
    data = load(prepared)
    assert np.array_equal(data.inputs, arrays()[0])
    assert np.array_equal(data.targets, arrays()[1])
    assert (data.facts, data.content_hash) == (OWN, prepared.name)
    assert data.part_numbers.tolist() == [0] * 15 + [2] * 5
    for name, listed in verify(prepared).files.items():
        assert listed.bytes == (prepared / name).stat().st_size


def test_arrays_are_mapped_and_not_read(prepared: Path) -> None:
    data = load(prepared)
    assert str(prepared / "inputs.npy") in Path("/proc/self/maps").read_text()
    data.inputs[0] = 7  # stays in this process
    assert np.array_equal(load(prepared).inputs, arrays()[0])


@pytest.mark.parametrize("name", HASHES)
def test_the_hash_of_data_that_everybody_has_is_that_of_earlier_releases(name: str) -> None:
    assert data_of(name).content_hash == HASHES[name]


def test_the_hash_covers_values_shapes_types_and_for_own_data_their_meaning() -> None:
    inputs, targets = arrays()
    others = [
        content_hash(OWN, arrays(1)[0], targets),
        content_hash(OWN, inputs, targets[::-1]),
        content_hash(OWN, inputs.reshape(10, 6), targets),
        content_hash(OWN, inputs.view(np.int32), targets),
        content_hash(OWN.model_copy(update={"class_names": ("yes", "no")}), inputs, targets),
        content_hash(OWN.model_copy(update={"num_test": 4}), inputs, targets),
    ]
    groups, times = np.arange(20) // 2, np.arange(20.0)
    others += [
        content_hash(OWN.model_copy(update={"num_validation": 3}), inputs, targets),
        content_hash(OWN.model_copy(update={"group_name": "who"}), inputs, targets, groups),
        content_hash(OWN.model_copy(update={"group_name": "who"}), inputs, targets, groups[::-1]),
        content_hash(OWN.model_copy(update={"time_name": "when"}), inputs, targets, times=times),
    ]
    digest = content_hash(OWN, inputs, targets)
    assert digest == "e364f8971ae8cdb9f3101b8e39f5dcd2bbd95a4b99cb92f0a6ff4302d2215978"  # as when there were only two
    assert len({*others, digest}) == 11
    assert content_hash(OWN.model_copy(update={"title": "Theirs", "name": "theirs"}), inputs, targets) == digest


def test_the_same_data_is_stored_once(prepared: Path, tmp_path: Path) -> None:
    before = (prepared / "dataset.json").stat().st_ino
    assert write_prepared(OWN, *arrays(), tmp_path) == prepared
    assert (prepared / "dataset.json").stat().st_ino == before
    assert [path.name for path in tmp_path.iterdir()] == [prepared.name]


def test_many_processes_may_prepare_the_same_data_at_once(tmp_path: Path) -> None:
    threads = [threading.Thread(target=write_prepared, args=(OWN, *arrays(), tmp_path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (folder,) = tmp_path.iterdir()
    assert np.array_equal(load(folder).inputs, arrays()[0])


def test_a_dataset_of_the_catalog_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_named("iris", tmp_path, quiet)
    monkeypatch.setattr(sources, "read", lambda *arguments: pytest.fail("it was read again"))
    again = open_named("iris", tmp_path, quiet)
    assert (again.content_hash, again.facts) == (first.content_hash, facts_of("iris"))


def flip_a_bit(folder: Path) -> None:
    content = bytearray((folder / "inputs.npy").read_bytes())
    content[-1] ^= 1
    (folder / "inputs.npy").write_bytes(content)


def cut(folder: Path) -> None:
    os.truncate(folder / "targets.npy", 100)


def link(folder: Path) -> None:
    (folder / "inputs.npy").rename(folder / "elsewhere.npy")
    (folder / "inputs.npy").symlink_to(folder / "elsewhere.npy")


def change(**values: Any) -> Callable[[Path], None]:
    """Change values of ``dataset.json``."""

    def changed(folder: Path) -> None:
        described = json.loads((folder / "dataset.json").read_text())
        (folder / "dataset.json").write_text(json.dumps(described | values))

    return changed


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "flipped": (flip_a_bit, "Ours: inputs.npy was changed: its SHA-256 is not the one on record."),
    "cut": (cut, "Ours: targets.npy has 100 bytes instead of 208."),
    "a link": (link, "Ours: inputs.npy cannot be read (it is a link, not a file)."),
    "no targets": (lambda folder: (folder / "targets.npy").unlink(), "targets.npy cannot be read (No such file"),
    "nothing": (lambda folder: (folder / "dataset.json").unlink(), "its dataset.json is missing."),
    "no JSON": (lambda folder: (folder / "dataset.json").write_text("{"), "its dataset.json cannot be used (Expecting"),
    "later": (change(format=2), "its dataset.json has no usable format"),
    "files": (change(files={}), "its dataset.json cannot be used (lists the files –, where its facts say inputs.npy"),
    "no groups": (
        change(facts=OWN.model_dump(mode="json") | {"group_name": "patient"}),
        "lists the files inputs.npy, targets.npy, where its facts say groups.npy, inputs.npy, targets.npy",
    ),
    "facts": (
        change(facts=OWN.model_dump(mode="json") | {"num_examples": 21}),
        "where its facts say 21 examples of shape (3,)",
    ),
    "a regression": (
        change(facts=OWN.model_dump(mode="json") | {"task": "regression"}),
        "a regression has no class names",
    ),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_folder_is_refused_saying_where(how: str, prepared: Path) -> None:
    damage, sentence = DAMAGE[how]
    damage(prepared)
    with pytest.raises(PreparedDamaged) as error:
        load(prepared)
    assert sentence in str(error.value)


def test_a_damaged_dataset_of_the_catalog_is_prepared_again(tmp_path: Path) -> None:
    folder = tmp_path / open_named("wine", tmp_path, quiet).content_hash
    flip_a_bit(folder)
    assert np.array_equal(open_named("wine", tmp_path, quiet).inputs, data_of("wine").inputs)
    assert verify(folder).facts.name == "wine"


def test_no_pickle_is_ever_loaded(prepared: Path) -> None:
    np.save(prepared / "inputs.npy", np.array([{}], object), allow_pickle=True)
    files = read_prepared(prepared).model_dump()["files"]
    change(files=files | {"inputs.npy": describe(prepared / "inputs.npy")})(prepared)
    with pytest.raises(PreparedDamaged, match=r"inputs.npy of a prepared dataset is not an array \(.*Python objects"):
        load(prepared)


def test_other_types_of_numbers_are_refused(tmp_path: Path) -> None:
    inputs, targets = arrays()
    folder = write_prepared(OWN, inputs.astype(np.float64), targets, tmp_path)
    with pytest.raises(PreparedDamaged, match="has values of type float64, not uint8 or float32"):
        load(folder)


def test_drafts_of_killed_processes_are_removed_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / f"{DRAFT}old", tmp_path / f"{DRAFT}new"
    for folder in (old, new):
        folder.mkdir()
    day_ago = time.time() - 25 * 3600
    os.utime(old, (day_ago, day_ago))
    write_prepared(OWN, *arrays(), tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
