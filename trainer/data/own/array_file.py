"""A ``.npy`` file that is written row by row, when the number of rows is known only at the end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

# Format 1.0 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html): magic, length, a dict padded with spaces.
MAGIC = b"\x93NUMPY\x01\x00"
HEADER_BYTES = 128


class ArrayFile:
    """Rows of one shape and dtype. The header is written when the file is closed without an error."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype).newbyteorder("<")
        self.num_rows = 0
        self._file = path.open("wb")
        self._file.write(bytes(HEADER_BYTES))

    def append(self, rows: np.ndarray) -> None:
        """Write ``rows`` of shape (n, \\*shape)."""
        self._file.write(np.ascontiguousarray(rows, self.dtype).data)
        self.num_rows += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._file:
            if kind is None:
                self._file.seek(0)
                self._file.write(self._header())

    def _header(self) -> bytes:
        shape = (self.num_rows, *self.shape)
        described = f"{{'descr': {self.dtype.str!r}, 'fortran_order': False, 'shape': {shape}, }}".encode()
        length = HEADER_BYTES - len(MAGIC) - 2
        return MAGIC + length.to_bytes(2, "little") + described.ljust(length - 1) + b"\n"
