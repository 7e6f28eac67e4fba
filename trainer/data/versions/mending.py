"""Mending labels: a new prepared dataset in which some examples have another label or are left out.

All rows stay where they are, so that an example has the same index in every mended version, and the inputs are a hard
link to those of the version before. Splits are drawn from the labels as they first were: mending moves no example from
one part to another, and a network can be measured on the mended test data without having trained on any of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data, load, put_target
from trainer.data.prepared import TARGETS_FILE, Mend, Prepared, Target, read_prepared
from trainer.data.preparing import store
from trainer.data.versions.corrections import Correction, Label
from trainer.errors import BadData
from trainer.messages.message import Message


def mend(folder: Path, corrections: Iterable[Correction], datasets: Path) -> Path:
    """Write the dataset of ``folder`` with ``corrections`` below ``datasets``; returns the new folder.

    Raises :class:`BadData` for an example or a class that does not exist, and when nothing would change.
    """
    data, before = load(folder, "r"), read_prepared(folder)
    mends = {each.index: each for each in before.mends}
    targets = np.array(data.targets)
    for correction in corrections:
        mended = _mended(data, correction, mends.get(correction.index))
        mends[mended.index] = mended
        if mended.now is not None:
            put_target(targets, mended.index, mended.now)
    kept = tuple(each for _, each in sorted(mends.items()) if each.now != each.was)
    if kept == before.mends:
        raise BadData(Message("The corrections change nothing. Correct at least one label."))
    facts = data.facts.model_copy(update={"num_left_out": sum(each.now is None for each in kept)})
    _refuse_empty(facts)
    prepared = {
        "content_hash": _digest(before.content_hash, kept),
        "facts": facts.model_dump(),
        "mends": [each.model_dump() for each in kept],
        "mended_from": (*before.mended_from, before.content_hash),
    }
    return store(prepared, lambda draft: _write(folder, targets, draft), datasets, _known_files(before))


def _mended(data: Data, correction: Correction, earlier: Mend | None) -> Mend:
    if problem := correction.problem(data.facts):
        raise BadData(problem)
    was = earlier.was if earlier else _there(data.targets[correction.index])
    return Mend(index=correction.index, was=was, now=_target(data.facts, correction.label))


def _there(target: np.ndarray) -> Target:
    """A target of the prepared data as a :class:`Mend` has it."""
    return tuple(np.flatnonzero(target).tolist()) if target.ndim else float(target)


def _target(facts: DatasetFacts, label: Label | None) -> Target | None:
    """The target of a label."""
    if label is None:
        return None
    if isinstance(label, tuple):
        return tuple(sorted({facts.class_names.index(name) for name in label}))
    if facts.task == "classification":
        return float(facts.class_names.index(str(label)))
    return float(np.float32(label))


def _refuse_empty(facts: DatasetFacts) -> None:
    if facts.num_left_out >= facts.num_examples:
        raise BadData(Message("Every example would be left out. Keep some."))


def _digest(before: str, mends: tuple[Mend, ...]) -> str:
    """SHA-256 of the hash before and what people changed: the inputs need not be read again."""
    changes = json.dumps([each.model_dump() for each in mends], sort_keys=True)
    return hashlib.sha256(f"{before} mended {changes}".encode()).hexdigest()


def _write(folder: Path, targets: np.ndarray, draft: Path) -> None:
    """Write the targets; every other array of ``folder`` is shared with it."""
    np.save(draft / TARGETS_FILE, targets, allow_pickle=False)
    for name in _known_files(read_prepared(folder)):
        try:
            os.link(folder / name, draft / name)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(folder / name, draft / name)


def _known_files(prepared: Prepared) -> dict[str, dict[str, object]]:
    return {name: listed.model_dump() for name, listed in prepared.files.items() if name != TARGETS_FILE}
