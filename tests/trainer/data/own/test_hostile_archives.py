"""Archives made to do harm: nothing is written outside, nothing grows without bound, and a sentence says what it is."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.trainer.data.own.made import classes, looked_at, picture, zipped
from trainer.data.own.entries import MOST_RATIO, clean_name
from trainer.errors import BadData

GOOD = classes("a", "b")


@pytest.mark.parametrize(
    "name",
    ["../up.png", "a/../../up.png", "/etc/up.png", "C:/up.png", "a\\..\\..\\up.png", "a/\nb.png", "\\\\host\\x.png"],
)
def test_a_name_that_leads_elsewhere_is_left_out(name: str, tmp_path: Path) -> None:
    understood = looked_at(zipped(tmp_path / "data.zip", GOOD | {name: picture()}))
    assert (understood.num_examples, len(understood.left_out)) == (6, 1)
    assert "leads outside" in str(understood.left_out[0].reason)


def test_backslashes_of_windows_are_folders() -> None:
    assert clean_name("a\\b.png") == "a/b.png"


class OfChineseWindows(zipfile.ZipInfo):
    """An entry as programs of an older Windows wrote it: in its own encoding, which nothing marks."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gb18030"), self.flag_bits


def test_names_in_the_encoding_of_a_chinese_windows_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for name in ("猫", "狗"):
            for number in range(3):
                archive.writestr(OfChineseWindows(f"{name}/{number}.png"), picture())
    assert looked_at(tmp_path / "data.zip").class_names == ("狗", "猫")


def test_links_are_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "data.zip", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("a/link.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert "It is a link" in str(looked_at(path).left_out[0].reason)


def test_links_and_devices_of_a_tar_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "data.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in GOOD.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("a/odd.png")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    understood = looked_at(path)
    assert (understood.num_examples, len(understood.left_out)) == (6, 4)


def test_a_link_in_a_folder_is_left_out(tmp_path: Path) -> None:
    for name, content in GOOD.items():
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / name).write_bytes(content)
    (tmp_path / "data" / "a" / "link.png").symlink_to("/etc/passwd")
    assert "It is a link" in str(looked_at(tmp_path / "data").left_out[0].reason)


def test_an_archive_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "data.zip", GOOD | {"a/zeros.bmp": bytes(MOST_RATIO * 2**20)})
    with pytest.raises(BadData, match="unpacks to more than"):
        looked_at(path)


def test_so_is_a_tar(tmp_path: Path) -> None:
    path = tmp_path / "data.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=9) as archive:
        info = tarfile.TarInfo("a/zeros.bmp")
        info.size = MOST_RATIO * 2**20
        archive.addfile(info, io.BytesIO(bytes(info.size)))
    with pytest.raises(BadData, match="unpacks to more than"):
        looked_at(path)


def test_a_picture_of_too_many_pixels_is_left_out(tmp_path: Path) -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    understood = looked_at(zipped(tmp_path / "data.zip", GOOD | {"a/large.png": file.getvalue()}), height=8)
    assert (understood.num_examples, understood.left_out[0].name) == (6, "a/large.png")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"no archive", bytes(1000)])
@pytest.mark.parametrize("name", ["data.zip", "data.tar.gz", "data.rar"])
def test_what_is_no_archive_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=r"\.$"):
        looked_at(tmp_path / name)


def test_an_encrypted_picture_is_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "data.zip", GOOD)
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\x01\x02")
    content[start + 8] |= 1
    path.write_bytes(content)
    assert "encrypted" in str(looked_at(path).left_out[0].reason)
