"""Prepared datasets: the folders that training reads, whatever the data was before.

A folder has ``dataset.json`` (facts, version, hash, and the size and SHA-256 of the other files), ``inputs.npy`` and
``targets.npy``; the dataset's own validation split and then its own test split are at the end of both. Where examples
belong together, ``groups.npy`` says which; where they have a time, ``times.npy`` says when. The folder is named by its
hash and never changes. This module needs no NumPy: a worker uses it to check what it fetched.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from trainer.data.facts import DatasetFacts
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.system.durable_files import difference
from trainer.system.regular_files import open_regular

DATASET_FILE, INPUTS_FILE, TARGETS_FILE = "dataset.json", "inputs.npy", "targets.npy"
GROUPS_FILE, TIMES_FILE = "groups.npy", "times.npy"
FILES = (INPUTS_FILE, TARGETS_FILE)
# Every file that there may be.
ALL_FILES = (*FILES, GROUPS_FILE, TIMES_FILE, DATASET_FILE)
MOST_BYTES = 16 << 20  # of dataset.json: a hundred thousand names of classes


class PreparedDamaged(BadData):
    """The files of a prepared dataset are not those that were written; the message names the file."""


class StoredFile(BaseModel):
    """What is on record of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


# A class number or value, or the numbers of all labels of an example that may have several, in order.
Target = float | tuple[int, ...]


class Mend(BaseModel):
    """The example ``index`` had the target ``was``, and has ``now``; ``None``: it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: int = Field(ge=0)
    was: Target
    now: Target | None


class Prepared(BaseModel):
    """The content of ``dataset.json``.

    ``content_hash`` is that of :func:`trainer.data.preparing.content_hash`, of a mended dataset that of
    :func:`trainer.data.versions.mending.mend`. ``mends`` is all that people changed since it was first prepared, and
    ``mended_from`` has the hashes of the versions before, the first one first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    version: int = Field(1, ge=1)
    content_hash: str = Field(pattern="^[0-9a-f]{64}$")
    facts: DatasetFacts
    files: dict[Literal["inputs.npy", "targets.npy", "groups.npy", "times.npy"], StoredFile]
    mends: tuple[Mend, ...] = ()
    mended_from: tuple[str, ...] = ()

    @model_validator(mode="after")
    def list_what_the_facts_say(self) -> Prepared:
        expected = files_of(self.facts)
        if set(self.files) != set(expected):
            there, due = ", ".join(sorted(self.files)) or "–", ", ".join(sorted(expected))
            raise ValueError(Message("lists the files {there}, where its facts say {due}", there=there, due=due))
        return self


def files_of(facts: DatasetFacts) -> tuple[str, ...]:
    """The names of the arrays of a dataset with such facts."""
    groups = (GROUPS_FILE,) if facts.group_name else ()
    return (*FILES, *groups, *((TIMES_FILE,) if facts.time_name else ()))


def read_prepared(folder: Path) -> Prepared:
    """Read ``dataset.json``; raises :class:`PreparedDamaged` when there is none or it cannot be used."""
    try:
        with open_regular(folder / DATASET_FILE) as file:
            return Prepared.model_validate(_values(file.read(MOST_BYTES)))
    except (OSError, ValueError, RecursionError) as error:
        raise PreparedDamaged(_refusal(folder.name, error)) from None


def verify(folder: Path) -> Prepared:
    """Compare every byte of the arrays with ``dataset.json``; raises :class:`PreparedDamaged` naming what differs."""
    prepared = read_prepared(folder)
    for name, listed in prepared.files.items():
        if found := difference(folder / name, listed.model_dump(), name):
            title = prepared.facts.shown_title
            raise PreparedDamaged(Message("{title}: {found} Prepare the dataset again.", title=title, found=found))
    return prepared


def _values(content: bytes) -> Any:
    if len(content) == MOST_BYTES:
        raise ValueError(Message("has more than {most:,} bytes", most=MOST_BYTES))
    return json.loads(content)


def _refusal(folder: str, error: Exception) -> Message:
    names = {"folder": folder, "file": DATASET_FILE}
    if isinstance(error, FileNotFoundError):
        return Message("{folder} is not a prepared dataset: its {file} is missing.", **names)
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return Message(
            "{folder} is not a prepared dataset: its {file} cannot be read ({reason}).", **names, reason=reason
        )
    field, problem = _first_problem(error)
    if not field:
        return Message(
            "{folder} is not a prepared dataset: its {file} cannot be used ({problem}).", **names, problem=problem
        )
    return Message(
        "{folder} is not a prepared dataset: its {file} has no usable {field} ({problem}).",
        **names,
        field=field,
        problem=problem,
    )


def _first_problem(error: Exception) -> tuple[str, Message | str]:
    """The field, "" when it is none, and what is wrong with it: in our words, or else in those of a library."""
    if not isinstance(error, ValidationError):
        return "", _words(error)
    first = error.errors()[0]
    raised = first.get("ctx", {}).get("error")
    return ".".join(map(str, first["loc"])), _words(raised) if isinstance(raised, Exception) else first["msg"]


def _words(error: Exception) -> Message | str:
    given = error.args[0] if error.args else ""
    return given if isinstance(given, Message) else str(error)
