"""Many pictures are read and decoded by several processes, which give what one gives."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.data.own.made import Files, classes, damage, in_folder, picture, prepared, tarred, zipped
from tests.trainer.processes import is_alive, wait_for
from trainer.data.own.entries import open_entries
from trainer.data.own.members.places import Reader
from trainer.data.own.picturing import decoding

MIXED = classes("a", "b") | {
    "a/colour.png": picture(mode="RGB"),
    "a/wide.jpg": picture(mode="RGB", form="JPEG", size=(50, 20)),
    "b/clear.png": picture(mode="RGBA"),
    "b/palette.gif": picture(mode="P", form="GIF"),
    "b/broken.png": b"no picture",
    "b/empty.png": b"",
}


def packed(kind: str, folder: Path, files: Files) -> Path:
    makers = {"zip": zipped, "tar": partial(tarred, mode="w"), "tar.gz": tarred, "folder": in_folder}
    return makers[kind](folder / f"data.{kind}", files)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "folder"])
def test_a_place_has_what_the_entry_has(kind: str, tmp_path: Path) -> None:
    with open_entries(packed(kind, tmp_path, MIXED)) as entries:
        reader = Reader()
        for index in range(len(entries.names)):
            content = entries.open(index).read()
            assert reader.read(entries.place(index), 10**6) == content
            assert reader.read(entries.place(index), 10) == content[:10]
        reader.close()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_in_a_zip_is_noticed_at_its_place(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w", method) as archive:
        archive.writestr("a/1.bin", bytes(range(256)) * 40)
    damage(tmp_path / "data.zip")
    with open_entries(tmp_path / "data.zip") as entries, pytest.raises(decoding.DAMAGE):
        Reader().read(entries.place(0), 10**6)


def test_an_unusual_compression_is_read_by_one_process(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a/1.png", picture())
    with open_entries(tmp_path / "data.zip") as entries:
        assert entries.place(0) is None


@pytest.mark.parametrize("choices", [{}, {"height": 12, "width": 10, "colour": "colour"}])
def test_several_processes_give_what_one_gives(
    choices: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "data.zip", MIXED)
    alone = prepared(path, tmp_path / "alone", **choices)
    monkeypatch.setattr(decoding, "MANY", 1)
    monkeypatch.setattr(decoding, "AT_ONCE", 4)
    together = prepared(path, tmp_path / "together", **choices)
    assert np.array_equal(alone[0], together[0])
    assert np.array_equal(alone[1], together[1])
    assert list(map(str, alone[2].left_out)) == list(map(str, together[2].left_out))
    assert len(alone[1]) == len(MIXED) - 2


def test_a_class_that_cannot_be_read_is_left_out_although_the_shape_was_settled(tmp_path: Path) -> None:
    files = MIXED | {f"c/{number}.png": b"no picture" for number in range(3)}
    path = zipped(tmp_path / "data.zip", files)
    _, targets, understood = prepared(path, tmp_path / "datasets", height=9, width=8, colour="grey")
    assert (understood.class_names, len(targets), len(understood.left_out)) == (("a", "b"), len(MIXED) - 2, 5)


KILLED = """
import multiprocessing, time
from trainer.data.own.members.processes import Processes
if __name__ == "__main__":
    for _ in Processes().map(time.sleep, [0, 600, 600, 600]):
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
"""


def test_a_kill_takes_its_processes_along(tmp_path: Path) -> None:
    (tmp_path / "killed.py").write_text(KILLED)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, tmp_path / "killed.py"], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        children = [int(pid) for pid in process.stdout.readline().split()]
        process.kill()
    assert children
    wait_for(lambda: not any(map(is_alive, children)), 10)
