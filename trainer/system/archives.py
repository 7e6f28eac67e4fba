"""Zip archives with uncompressed members: each is a slice of the file, so nothing grows when it is read."""

from __future__ import annotations

import os
import zipfile
from typing import BinaryIO

from trainer.errors import Explained
from trainer.messages.message import Message
from trainer.system.regular_files import Slice

MOST_MEMBERS = 100_000  # state.npz has two or three for each weight
LOCAL_HEADER = 30


class Foreign(Explained, ValueError):
    """Content that Trainyard does not write. The message says what was found: a clause about "it", no full stop."""


def members_of(file: BinaryIO) -> dict[str, Slice]:
    """Return the members of an uncompressed archive by name.

    Raises :class:`Foreign` when a member is compressed or does not fit in the file, and ``zipfile.BadZipFile``.
    """
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
    if len(entries) > MOST_MEMBERS:
        raise Foreign(Message("it holds {files:,} files", files=len(entries)))
    members: dict[str, Slice] = {}
    for entry in entries:
        shown = entry.filename[:100]
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size or entry.flag_bits & 1:
            raise Foreign(Message("it holds {file} compressed, as {size:,} bytes", file=shown, size=entry.file_size))
        if entry.filename in members or entry.filename.startswith("/") or ".." in entry.filename:
            raise Foreign(Message("it holds a file of the name {name}", name=repr(shown)))
        start = content_start(file, entry.header_offset)
        if start + entry.file_size > size:
            raise Foreign(Message("it holds {file} with more bytes than there are", file=shown))
        members[entry.filename] = Slice(file, start, entry.file_size)
    return members


def content_start(file: BinaryIO, header_start: int) -> int:
    """Return where the content of the member starts whose local header is at ``header_start``.

    The header has two fields of variable length (APPNOTE.TXT, 4.3.7). Raises ``zipfile.BadZipFile`` if there is none.
    """
    header = os.pread(file.fileno(), LOCAL_HEADER, header_start)
    if len(header) < LOCAL_HEADER or header[:4] != b"PK\3\4":
        raise zipfile.BadZipFile("no header")
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return header_start + LOCAL_HEADER + lengths
