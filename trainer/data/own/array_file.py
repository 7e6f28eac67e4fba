"""A ``.npy`` file that is written row by row, when the number of rows is known only at the end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np


class ArrayFile:
    """Rows of one shape and dtype. The header is written when the file is closed without an error."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self.path, self.shape, self.dtype = path, shape, np.dtype(dtype).newbyteorder("<")
        self.num_rows = 0
        self._file = path.open("wb")
        self._write_header()

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
                self._write_header()

    def _write_header(self) -> None:
        """NumPy leaves room for the number of rows to grow, so that the header is as long at the end as at first."""
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": (self.num_rows, *self.shape)}
        np.lib.format.write_array_header_1_0(self._file, header)
