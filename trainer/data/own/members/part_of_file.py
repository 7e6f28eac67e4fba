"""Part of an open file as a file of its own, so that what a plain tar holds is read where it is."""

from __future__ import annotations

import io
import os
from typing import BinaryIO


class PartOfFile(io.RawIOBase):
    """The ``size`` bytes of ``file`` from ``start`` on. Its position is its own; ``file`` must stay open meanwhile."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._at))
        content = os.pread(self._file.fileno(), wanted, self._start + self._at)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


def part_of(file: BinaryIO, start: int, size: int) -> BinaryIO:
    """Return the part, buffered."""
    return io.BufferedReader(PartOfFile(file, start, size))
