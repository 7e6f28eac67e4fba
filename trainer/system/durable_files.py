"""Files that survive a power failure, and that are recognised by their size and SHA-256."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from trainer.messages.message import Message
from trainer.system.regular_files import open_regular

READ_BYTES = 1 << 20


def describe(path: Path) -> dict[str, Any]:
    """The size and the hash of a file, as :func:`difference` compares them."""
    with open_regular(path) as file:
        return {"bytes": os.fstat(file.fileno()).st_size, "sha256": _sha256(file)}


def difference(path: Path, described: dict[str, Any], name: str, *, contents: bool = True) -> Message:
    """How the file, called ``name``, differs from its description: a sentence, empty when it does not.

    The size is compared first, so that a file of another size is not read; without ``contents``, only the size is.
    """
    try:
        with open_regular(path) as file:
            num_bytes = os.fstat(file.fileno()).st_size
            if num_bytes != described["bytes"]:
                return Message(
                    "{file} has {found} bytes instead of {expected}.",
                    file=name,
                    found=num_bytes,
                    expected=str(described["bytes"]),
                )
            if contents and _sha256(file) != described["sha256"]:
                return Message("{file} was changed: its SHA-256 is not the one on record.", file=name)
    except OSError as error:
        return Message("{file} cannot be read ({reason}).", file=name, reason=error.strerror or str(error))
    return Message("")


def make_folder(folder: Path) -> None:
    """Create a folder and its parents so that they survive a power failure."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        flush(folder.parent)


def flush(path: Path) -> None:
    """Have the content of a file, or the names in a folder, on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := file.read(READ_BYTES):
        digest.update(block)
    return digest.hexdigest()
