"""Single examples of a prepared dataset, read without loading it: in the data folder, or by ranges in the bucket."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from trainer.data.prepared import INPUTS_FILE, TARGETS_FILE
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.storage.bucket import bucket, reaching
from webapp.storage.prepared import folder_of, key_of

# The header of an array file is shorter, whatever its shape.
HEADER_BYTES = 4096


class NotStored(Explained):
    """The prepared dataset is neither in the data folder of this machine nor in the bucket."""


def need_prepared(dataset: Dataset) -> None:
    """Raises :class:`NotStored` before a worker has prepared the dataset."""
    if not dataset.is_stored:
        raise NotStored(Message("The data is not prepared yet. Prepare it on the page of the dataset."))


def inputs_of(content_hash: str, indices: Sequence[int]) -> list[np.ndarray]:
    """The raw inputs of the examples ``indices``, each of the shape and dtype in which they are stored.

    Raises :class:`NotStored`, and :class:`webapp.storage.bucket.StoreUnavailable`.
    """
    path = folder_of(content_hash) / INPUTS_FILE
    if path.is_file():
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return [np.array(array[index]) for index in indices]
    with reaching():
        stored = _open(content_hash, INPUTS_FILE).obj
        shape, dtype, start = _header(_range(stored, 0, HEADER_BYTES))
        size = int(np.prod(shape[1:])) * dtype.itemsize
        parts = [_range(stored, start + index * size, size) for index in indices]
    return [np.frombuffer(part, dtype).reshape(shape[1:]) for part in parts]


def targets_of(content_hash: str) -> np.ndarray:
    """All targets, (examples,): class numbers or values. Raises as :func:`inputs_of`."""
    path = folder_of(content_hash) / TARGETS_FILE
    if path.is_file():
        return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
    return _fetched_targets(content_hash)


@lru_cache(maxsize=4)
def _fetched_targets(content_hash: str) -> np.ndarray:
    """Of a prepared dataset, which never changes."""
    with reaching(), _open(content_hash, TARGETS_FILE) as file:
        return np.load(io.BytesIO(file.read()), allow_pickle=False)  # type: ignore[no-any-return]


def _open(content_hash: str, name: str) -> Any:
    """The file of the bucket, of which nothing is read yet."""
    place = bucket()
    if place is None:
        raise NotStored(
            Message("The prepared data {hash}… is not in the data folder of this machine.", hash=content_hash[:12])
        )
    return place.open(f"{key_of(content_hash)}/{name}")


def _range(stored: Any, start: int, size: int) -> bytes:
    content: bytes = stored.get(Range=f"bytes={start}-{start + size - 1}")["Body"].read()
    return content


def _header(head: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, dtype, and where the values begin."""
    file = io.BytesIO(head)
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype, file.tell()
