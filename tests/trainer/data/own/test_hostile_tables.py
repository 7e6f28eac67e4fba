"""Tables and arrays made to do harm are refused by reason, in bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.soak import soak
from tests.trainer.data.own.made import looked_at, zipped
from trainer.data.own.members import array_members
from trainer.data.own.members.array_members import joined_in_file
from trainer.errors import BadData

ROWS = [f"{n % 7},{n % 5},{'ab'[n % 2]}" for n in range(200)]


def test_a_hundred_thousand_columns_are_counted_and_refused(tmp_path: Path) -> None:
    row = ",".join(map(str, range(100_000)))
    (tmp_path / "wide.csv").write_text(f"{row}\n{row}\n{row}\n")
    with pytest.raises(BadData, match="has 100,000 columns; accepted: at most 10,000"):
        looked_at(tmp_path / "wide.csv")


@pytest.mark.parametrize("opening", ["", '"'])
def test_an_enormous_cell_is_refused_or_left_out(opening: str, tmp_path: Path) -> None:
    rows = [*ROWS[:150], f"1,2,{opening}{'x' * 3_000_000}", *ROWS[150:]]
    (tmp_path / "cell.csv").write_text("\n".join(["length,width,quality", *rows]))
    with pytest.raises(BadData, match=r"has only one example|cannot be read as a table"):
        looked_at(tmp_path / "cell.csv")


@pytest.mark.parametrize("content", ["x" * 10**6, "," * 10**6, "\n" * 10**6, '"' * 10**6])
def test_one_endless_line_is_no_table(content: str, tmp_path: Path) -> None:
    (tmp_path / "line.csv").write_text(content)
    with pytest.raises(BadData, match=r"cannot be read as a table|needs at least two|accepted: at most 10,000"):
        looked_at(tmp_path / "line.csv")


def test_a_spreadsheet_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.xlsx", {"xl/worksheets/sheet1.xml": bytes(101 * 2**20)})
    with pytest.raises(BadData, match="unpacks to more than"):
        looked_at(path)


@pytest.mark.parametrize("form", ["npz", "folder"])
def test_arrays_that_the_disk_has_no_room_for_are_refused(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros((40, 3)), y=np.arange(40) % 2)
    if form == "folder":
        zipfile.ZipFile(tmp_path / "data.npz").extractall(tmp_path / "data.folder")
    monkeypatch.setattr(array_members, "SPARE_BYTES", 2**60)
    with pytest.raises(BadData, match="twice the size is needed"):
        looked_at(tmp_path / f"data.{form}")


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_joined_row_by_row(order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_members, "BYTES_AT_ONCE", 100)
    parts = [np.asarray(np.random.default_rng(0).normal(size=(size, 7)), order=order) for size in (0, 1, 30)]
    joined = joined_in_file(parts, np.float32, tmp_path / "joined.npy")
    assert np.array_equal(joined, np.concatenate(parts).astype(np.float32))


IN_LITTLE_MEMORY = """
import sys
from pathlib import Path
from trainer.data.own.choices import Choices
from trainer.data.own.importing import understand
from trainer.system.memory_limit import limit_memory
limit_memory(400 * 2**20)
print(understand(Path(sys.argv[1]), Choices()).num_examples)
"""


@soak
def test_arrays_larger_than_the_memory_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "large.npz", x=np.ones((1_000_000, 100)), y=np.arange(1_000_000) % 2)
    command = [sys.executable, "-c", IN_LITTLE_MEMORY, tmp_path / "large.npz"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "1000000\n", done.stderr


def test_archives_within_an_archive_stay_closed(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/zeros.bmp", bytes(10 * 2**20))
    names = {f"{name}/{number}.zip": inner.getvalue() for name in "ab" for number in range(3)}
    with pytest.raises(BadData, match="No picture is in the folder of a class"):
        looked_at(zipped(tmp_path / "nested.zip", names))
