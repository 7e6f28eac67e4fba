"""Arrays that are members of something on the disk instead of in memory, so that they may be larger than it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from trainer.data.own.array_file import ArrayFile
from trainer.data.own.entries import CHUNK_BYTES, DAMAGE
from trainer.errors import BadData
from trainer.messages.message import Message

# Rows that are converted at a time, and what stays free on the disk.
BYTES_AT_ONCE = 32 * 2**20
SPARE_BYTES = 2**30


@dataclass(frozen=True)
class Member:
    """A ``.npy`` file that is a member of something: its name there, and its size in bytes as far as known."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def refuse_more_than_fits(num_bytes: int, folder: Path) -> None:
    """Raise :class:`BadData` when the disk of ``folder`` has no room for arrays of ``num_bytes``, and for a copy."""
    free = shutil.disk_usage(folder).free
    if 2 * num_bytes + SPARE_BYTES > free:
        raise BadData(
            Message(
                "The arrays unpack to {size:.1f} GB, and the disk has {free:.1f} GB free; twice the size is needed.",
                size=num_bytes / 1e9,
                free=free / 1e9,
            )
        )


def mapped_member(member: Member, path: Path) -> np.ndarray:
    """Unpack one array to ``path`` and map it, which lasts even when ``path`` is removed.

    Its header is read first, so that a shape that was made up takes neither memory nor disk.
    """
    try:
        with member.open() as content:
            _refuse_made_up(content, member.name, member.size)
        with member.open() as content, path.open("wb") as unpacked:
            shutil.copyfileobj(content, unpacked, CHUNK_BYTES)
        mapped: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped
    except DAMAGE as error:
        raise BadData(Message("{array} is no array ({error}).", array=member.name, error=str(error)[:200])) from None


def _refuse_made_up(content: IO[bytes], member: str, size: int) -> None:
    """Raise :class:`BadData` when the header names Python objects or more than the ``size`` bytes of the member."""
    version = np.lib.format.read_magic(content)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(content)
    if dtype.hasobject:
        reason = Message("{array} holds Python objects, which are not opened. Save numbers or texts.", array=member)
        raise BadData(reason)
    if int(np.prod(shape, dtype=np.float64)) * dtype.itemsize > size:
        raise BadData(Message("{array} is shorter than its shape {shape} says.", array=member, shape=str(shape)))


def joined_in_file(parts: Sequence[np.ndarray], dtype: type[np.generic], path: Path) -> np.ndarray:
    """The rows of all ``parts`` as ``dtype``, mapped from a file at ``path``; raises :class:`BadData` for NaN."""
    with ArrayFile(path, parts[0].shape[1:], dtype) as file:
        for part in parts:
            step = max(1, BYTES_AT_ONCE // max(1, part[:1].nbytes))
            for start in range(0, len(part), step):
                with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite
                    rows = np.asarray(part[start : start + step]).astype(dtype)
                if not np.isfinite(rows).all():
                    raise BadData(Message("The inputs have values that are NaN or infinite. Replace or remove them."))
                file.append(rows)
    joined: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return joined
