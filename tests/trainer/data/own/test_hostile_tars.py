"""Tars, which have no list of what is in them: read where they are, and damage is told from the end."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.soak import soak
from tests.trainer.data.own.made import classes, in_folder, looked_at, prepared, tarred
from trainer.data.own.entries import open_entries
from trainer.errors import BadData

GOOD = classes("a", "b")


def test_a_plain_tar_is_read_where_it_is_and_gives_what_its_folder_gives(tmp_path: Path) -> None:
    files = GOOD | {f"b/{'long' * 50}猫.png": GOOD["a/0.png"], "a/empty.png": b"", "a/notes.txt": b"x"}
    path = tarred(tmp_path / "data.tar", files, mode="w")
    with open_entries(path) as entries:
        assert {name: entries.open(index).read() for index, name in enumerate(entries.names)} == files
        first = entries.open(0)
        assert (first.seek(-4, io.SEEK_END), first.read()) == (entries.sizes[0] - 4, files["a/0.png"][-4:])
    of_tar = prepared(path, tmp_path / "datasets")
    of_folder = prepared(in_folder(tmp_path / "data", files), tmp_path / "others")
    assert (of_tar[0] == of_folder[0]).all()
    assert sorted(map(str, of_tar[2].left_out)) == sorted(map(str, of_folder[2].left_out))


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("kept", [0.7, 0.3])
def test_a_tar_that_was_cut_off_is_refused(mode: str, kept: float, tmp_path: Path) -> None:
    path = tarred(tmp_path / f"data.tar{mode[1:].replace(':', '.')}", GOOD, mode=mode)
    content = path.read_bytes()
    end = len(content) if mode != "w" else 1024 * len(GOOD)
    path.write_bytes(content[: int(end * kept)])
    with pytest.raises(BadData, match="cannot be read as a tar"):
        looked_at(path)


def test_a_broken_header_is_no_end(tmp_path: Path) -> None:
    path = tarred(tmp_path / "data.tar", GOOD, mode="w")
    content = bytearray(path.read_bytes())
    content[2048:2058] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(BadData, match="cannot be read as a tar"):
        looked_at(path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_an_enormous_name_is_refused_unread(kind: bytes, tmp_path: Path) -> None:
    info = tarfile.TarInfo("name")
    info.type, info.size = kind, 2**33
    (tmp_path / "data.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(10_000))
    with pytest.raises(BadData, match="a header of 8,589,934,592 bytes"):
        looked_at(tmp_path / "data.tar")


def test_a_sparse_file_is_left_out(tmp_path: Path) -> None:
    path = tarred(tmp_path / "data.tar", GOOD, mode="w")
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo("a/zeros.bmp")
        info.type = tarfile.GNUTYPE_SPARSE
        archive.addfile(info)
    left_out = looked_at(path).left_out
    assert "sparse" in str(left_out[0].reason)


IN_LITTLE_MEMORY = """
import sys
from pathlib import Path
from trainer.data.own.entries import open_entries
from trainer.errors import BadData
from trainer.system.memory_limit import limit_memory
limit_memory(900 * 2**20)
try:
    with open_entries(Path(sys.argv[1])) as entries:
        print(len(entries.names))
except BadData as error:
    print(error)
"""


@soak
@pytest.mark.parametrize("ending", [".tar", ".zip"])
def test_a_million_entries_take_bounded_memory_and_more_are_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"many{ending}"
    names = [f"{number % 10}/{number:07}.png" for number in range(1_000_001)]
    if ending == ".tar":
        with path.open("wb") as file:
            file.writelines(tarfile.TarInfo(name).tobuf() for name in names)
            file.write(bytes(1024))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"")
    done = subprocess.run([sys.executable, "-c", IN_LITTLE_MEMORY, path], capture_output=True, text=True)
    assert done.stdout == "There are more than 1,000,000 files. Split the data up.\n", done.stderr
