"""Where a file lies, in a folder or an archive, so that another process can read it without opening the archive."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from trainer.system.archives import content_start
from trainer.system.regular_files import open_regular


class Place(NamedTuple):
    """``size`` bytes at ``start`` of the file ``path``; in a zip a local header comes first.

    ``checksum`` is the CRC-32 of what is ``deflated`` or stored in a zip, ``None`` elsewhere.
    """

    path: Path
    start: int
    size: int
    deflated: bool = False
    checksum: int | None = None


def place_in_zip(path: Path, info: zipfile.ZipInfo) -> Place | None:
    """The place of a member; ``None`` when its compression is an unusual one."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return None
    is_deflated = info.compress_type == zipfile.ZIP_DEFLATED
    return Place(path, info.header_offset, info.compress_size, is_deflated, info.CRC)


class Reader:
    """Reads one place after the other; a file with many of them is opened once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._file: BinaryIO | None = None

    def read(self, place: Place, most: int) -> bytes:
        """At most ``most`` bytes; raises ``OSError`` or :class:`zipfile.BadZipFile` when they are damaged."""
        file = self._opened(place.path)
        if place.checksum is None:
            file.seek(place.start)
            return file.read(min(most, place.size))
        file.seek(content_start(file, place.start))
        # What is deflated is hardly longer than what it was.
        packed = file.read(min(place.size, most + most // 1000 + 64))
        return _unpacked(packed, place, most)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._path = self._file = None

    def _opened(self, path: Path) -> BinaryIO:
        if self._file is None or path != self._path:
            self.close()
            self._path, self._file = path, open_regular(path)
        return self._file


def _unpacked(packed: bytes, place: Place, most: int) -> bytes:
    if not place.deflated:
        content = packed[:most]
        is_whole = place.size <= most
    else:
        inflating = zlib.decompressobj(-zlib.MAX_WBITS)
        content = inflating.decompress(packed, most)
        is_whole = inflating.eof
        if not is_whole and len(content) < most:
            raise zipfile.BadZipFile("Truncated data")
    if is_whole and zlib.crc32(content) != place.checksum:
        raise zipfile.BadZipFile("Bad CRC-32")
    return content
