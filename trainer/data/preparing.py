"""The one door through which data becomes a prepared dataset.

Below the folder for datasets, a prepared one is in a folder named by its hash; what is downloaded for a dataset of the
catalog is in one named by its name, and so is a file that says which prepared folder it became.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from trainer.data.bundled.catalog import facts_of
from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data, load
from trainer.data.prepared import (
    DATASET_FILE,
    GROUPS_FILE,
    INPUTS_FILE,
    TARGETS_FILE,
    TIMES_FILE,
    Prepared,
    PreparedDamaged,
    verify,
)
from trainer.data.source import Report
from trainer.messages.message import Message
from trainer.system.durable_files import describe, flush, make_folder

POINTER = "prepared"
DRAFT = ".preparing-"
ABANDONED_SECONDS = 24 * 60 * 60
# What the hash of a team's own data covers besides its arrays. Those of the catalog are known by their names, so
# their hash is that of the arrays alone, as it was before datasets were prepared.
MEANING = {"task", "kind", "class_names", "feature_names", "target_name", "num_test", "value_range"}
# Of so many groups the reached sizes of a split are known before it is made.
MOST_LISTED = 200
RARE = {"columns", "num_validation", "group_name", "time_name"}


def open_named(name: str, datasets: Path, report: Report) -> Data:
    """Open the dataset ``name`` of the catalog, which is prepared below ``datasets`` first if it is not yet.

    ``report(fraction, message)`` receives progress. Raises :class:`trainer.errors.SpecError` for an unknown name and
    :class:`trainer.data.bundled.downloads.DataUnavailable`. A damaged folder is prepared again.
    """
    facts = facts_of(name)
    report(0.0, Message("Loading {title}", title=facts.shown_title))
    try:
        data = load(_known_folder(name, datasets))
    except PreparedDamaged:
        data = load(_prepare(facts, datasets, report))
    report(1.0, Message("Loaded {title}", title=facts.shown_title))
    return replace(data, facts=facts)  # an earlier release may have prepared it, with other words


def write_prepared(
    facts: DatasetFacts,
    inputs: np.ndarray,
    targets: np.ndarray,
    datasets: Path,
    version: int = 1,
    *,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
    drafts: Path | None = None,
) -> Path:
    """Write a prepared dataset of these arrays below ``datasets``, and return its folder.

    The arrays are those of :class:`trainer.data.loading.Data`; ``groups`` are there if the facts have a ``group_name``,
    and ``times`` if they have a ``time_name``; how many groups there are is counted here. ``drafts`` is as in
    :func:`store`.
    """
    arrays = {INPUTS_FILE: inputs, TARGETS_FILE: targets, GROUPS_FILE: groups, TIMES_FILE: times}

    def write(draft: Path) -> None:
        for name, array in arrays.items():
            if array is not None:
                np.save(draft / name, array, allow_pickle=False)

    if groups is not None:
        facts = facts.model_copy(update=_group_facts(groups, facts))
    digest = content_hash(facts, inputs, targets, groups, times)
    described = {"version": version, "content_hash": digest, "facts": facts.model_dump()}
    return store(described, write, datasets, drafts=drafts)


def store(
    described: Mapping[str, Any],
    write: Callable[[Path], None],
    datasets: Path,
    known_files: Mapping[str, object] = MappingProxyType({}),
    *,
    drafts: Path | None = None,
) -> Path:
    """Store a prepared dataset below ``datasets`` and return its folder; one that is there already is kept.

    ``described`` is the content of ``dataset.json`` without its files, which ``write`` writes into a folder;
    ``known_files`` are those whose size and hash are known. The folder gets its name only once it is complete, verified
    and on the disk. Until then it is in ``drafts`` if that is on the same file system, where whoever ends this process
    removes it; else below ``datasets``, for a day.
    """
    here = datasets if drafts is None or drafts.stat().st_dev != datasets.stat().st_dev else drafts
    final, draft = datasets / str(described["content_hash"]), here / f"{DRAFT}{uuid.uuid4().hex[:8]}"
    make_folder(draft)
    _sweep(datasets)
    try:
        write(draft)
        there = sorted(path.name for path in draft.iterdir())
        files = {name: known_files.get(name) or describe(draft / name) for name in there}
        prepared = Prepared.model_validate({**described, "files": files})
        (draft / DATASET_FILE).write_text(prepared.model_dump_json(indent=1))
        for path in (*draft.iterdir(), draft):
            flush(path)
        _give_name(draft, final)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    flush(datasets)
    return final


def content_hash(
    facts: DatasetFacts,
    inputs: np.ndarray,
    targets: np.ndarray,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> str:
    """SHA-256 over dtype, shape and little-endian bytes of the arrays, and for own data over what they mean.

    What most data does not have (:data:`RARE`) counts only where it is, so that the hashes of earlier releases stay.
    """
    digest = hashlib.sha256()
    for array in (inputs, targets, *(each for each in (groups, times) if each is not None)):
        plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{plain.dtype.str}{plain.shape}".encode())
        digest.update(plain.data)
    if facts.origin == "own":
        there = {name for name in RARE if getattr(facts, name)}
        digest.update(facts.model_dump_json(include=MEANING | there).encode())
    return digest.hexdigest()


def _group_facts(groups: np.ndarray, facts: DatasetFacts) -> dict[str, Any]:
    """How many groups there are outside of the dataset's own splits, and while there are few, how large each is."""
    numbers, counts = np.unique(groups[: len(groups) - facts.num_validation - facts.num_test], return_counts=True)
    listed = zip(numbers.tolist(), counts.tolist(), strict=True) if len(numbers) <= MOST_LISTED else ()
    return {"num_groups": len(numbers), "group_sizes": tuple(listed)}


def _known_folder(name: str, datasets: Path) -> Path:
    """The folder that the dataset was prepared in; one that does not exist when it was not."""
    try:
        return datasets / (datasets / name / POINTER).read_text().strip()
    except FileNotFoundError:
        return datasets / name / "not-prepared"


def _prepare(facts: DatasetFacts, datasets: Path, report: Report) -> Path:
    from trainer.data.bundled import sources  # scikit-learn takes a second, and is needed only this once

    folder = write_prepared(facts, *sources.read(facts, datasets, report), datasets)
    pointer = datasets / facts.name / POINTER
    make_folder(pointer.parent)
    draft = pointer.with_name(f".{POINTER}-{uuid.uuid4().hex[:8]}")
    draft.write_text(folder.name)
    draft.replace(pointer)
    return folder


def _give_name(draft: Path, final: Path) -> None:
    """Rename the draft, unless a whole folder has the name already; a damaged one makes way."""
    if final.exists():
        try:
            verify(final)
        except PreparedDamaged:
            damaged = final.with_name(f"{DRAFT}{uuid.uuid4().hex[:8]}")
            final.rename(damaged)
            shutil.rmtree(damaged, ignore_errors=True)
        else:
            os.utime(final)  # what no dataset has is removed when it is old
            return
    try:
        draft.rename(final)
    except OSError:  # another process gave the name to its own meanwhile
        verify(final)


def _sweep(datasets: Path) -> None:
    """Remove what killed processes left long ago."""
    for draft in datasets.glob(f"{DRAFT}*"):
        with suppress(FileNotFoundError):  # its process has just finished it
            if draft.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)
