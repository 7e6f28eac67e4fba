"""Opening untrusted files: only regular ones, without following links and without blocking."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from trainer.messages.message import Message

LINK = Message("it is a link, not a file")
KINDS = {
    stat.S_IFDIR: Message("it is a folder, not a file"),
    stat.S_IFIFO: Message("it is a pipe, not a file"),
    stat.S_IFSOCK: Message("it is a socket, not a file"),
    stat.S_IFLNK: LINK,
}
DEVICE = Message("it is a device, not a file")


class NotRegular(OSError):
    """The path is not a regular file; ``strerror`` is a :class:`Message` that says what it is instead."""


def open_regular(path: Path) -> BinaryIO:
    """Open ``path`` for reading. Raises :class:`NotRegular` when it is a link, a folder, a pipe or a device.

    Opening a pipe would wait for a writer, so the file is opened without blocking and then checked.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotRegular(error.errno, LINK) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise NotRegular(errno.EINVAL, KINDS.get(stat.S_IFMT(mode), DEVICE))
    return os.fdopen(descriptor, "rb")


class Slice:
    """``size`` bytes of an open file from ``start``, as a file with its own position and no buffer."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._descriptor, self.start, self.size, self._at = file.fileno(), start, size, 0

    def read(self, num_bytes: int = -1) -> bytes:
        remaining = max(0, self.size - self._at)
        wanted = remaining if num_bytes is None or num_bytes < 0 else min(num_bytes, remaining)
        content = os.pread(self._descriptor, wanted, self.start + self._at)
        self._at += len(content)
        return content

    def readinto(self, buffer: bytearray | memoryview) -> int:
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at
