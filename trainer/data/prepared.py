"""Prepared datasets: the folders that training reads, whatever the data was before.

A folder has ``dataset.json`` (facts, version, hash, and the size and SHA-256 of the other files), ``inputs.npy`` and
``targets.npy``; the dataset's own test split is at the end of both. It is named by its hash and never changes. This
module needs no NumPy: a worker uses it to check what it fetched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trainer.data.facts import DatasetFacts
from trainer.errors import BadData
from trainer.system.durable_files import difference
from trainer.system.regular_files import open_regular

DATASET_FILE, INPUTS_FILE, TARGETS_FILE = "dataset.json", "inputs.npy", "targets.npy"
FILES = (INPUTS_FILE, TARGETS_FILE)
MOST_BYTES = 16 << 20  # of dataset.json: a hundred thousand names of classes


class PreparedDamaged(BadData):
    """The files of a prepared dataset are not those that were written; the message names the file."""


class StoredFile(BaseModel):
    """What is on record of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Prepared(BaseModel):
    """The content of ``dataset.json``. ``content_hash`` is that of :func:`trainer.data.preparing.content_hash`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    version: int = Field(1, ge=1)
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    facts: DatasetFacts
    files: dict[Literal["inputs.npy", "targets.npy"], StoredFile] = Field(min_length=len(FILES))


def read_prepared(folder: Path) -> Prepared:
    """Read ``dataset.json``; raises :class:`PreparedDamaged` when there is none or it cannot be used."""
    try:
        with open_regular(folder / DATASET_FILE) as file:
            return Prepared.model_validate(_values(file.read(MOST_BYTES)))
    except (OSError, ValueError, RecursionError) as error:
        reason = _reason(error)
        raise PreparedDamaged(f"{folder.name} is not a prepared dataset: its {DATASET_FILE} {reason}.") from None


def verify(folder: Path) -> Prepared:
    """Compare every byte of the arrays with ``dataset.json``; raises :class:`PreparedDamaged` naming what differs."""
    prepared = read_prepared(folder)
    for name, listed in prepared.files.items():
        if found := difference(folder / name, listed.model_dump()):
            raise PreparedDamaged(f"{prepared.facts.title}: {name} {found}. Prepare the dataset again.")
    return prepared


def _values(content: bytes) -> Any:
    if len(content) == MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES:,} bytes")
    return json.loads(content)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "is missing"
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return f"has no usable {where} ({first['msg']})" if where else f"cannot be used ({first['msg']})"
    return f"cannot be used ({error})"
