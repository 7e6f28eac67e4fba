"""From a file or folder of a team to a prepared dataset: understand it first, then prepare what was understood."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from trainer.data.own.choices import Choices
from trainer.data.own.entries import open_entries
from trainer.data.own.formats import ACCEPTED, ARCHIVES, ARRAYS, TABLES, title_of
from trainer.data.own.understanding import LEAST_OF_A_CLASS, Examples, Understanding, refuse_classes
from trainer.data.preparing import DRAFT, write_prepared
from trainer.data.source import Report
from trainer.errors import BadData
from trainer.messages.message import Message


def understand(path: Path, choices: Choices) -> Understanding:
    """What is at ``path``, without storing any of it. Raises :class:`BadData` with a sentence on what to do."""
    if is_of_pictures(path):
        from trainer.data.own.pictures import understand_pictures

        with open_entries(path) as entries:
            return understand_pictures(entries, choices)
    return _read(path, choices, "own")[0]


def prepare_own(
    path: Path, choices: Choices, name: str, datasets: Path, report: Report, *, drafts: Path | None = None
) -> tuple[Path, Understanding]:
    """Prepare what is at ``path`` below ``datasets``; returns the folder and what was understood.

    The folder is named by its content: the same data again gives the same folder. Raises :class:`BadData`. ``drafts``
    is as in :func:`write_prepared`.
    """
    report(0.0, Message("Reading {file}", file=path.name))
    if is_of_pictures(path):
        return _prepare_pictures(path, choices, name, datasets, report, drafts=drafts)
    understood, read = _read(path, choices, name)
    return write_prepared(read.facts, read.inputs, read.targets, datasets, drafts=drafts), understood


def is_of_pictures(path: Path) -> bool:
    return path.is_dir() or path.name.lower().endswith(ARCHIVES)


def _read(path: Path, choices: Choices, name: str) -> tuple[Understanding, Examples]:
    title = choices.title or title_of(path.name)
    ending = path.suffix.lower()
    if not path.exists():
        raise BadData(Message("There is no file {path}.", path=str(path)))
    if ending in ARRAYS:
        from trainer.data.own.arrays import read_arrays

        return read_arrays(path, choices, name, title)
    if ending in TABLES:
        from trainer.data.own.tables import read_own_table

        return read_own_table(path, choices, name, title)
    raise BadData(
        Message(
            "{file} is not understood; accepted: {accepted}, or a folder.", file=path.name, accepted=", ".join(ACCEPTED)
        )
    )


def _prepare_pictures(
    path: Path, choices: Choices, name: str, datasets: Path, report: Report, *, drafts: Path | None
) -> tuple[Path, Understanding]:
    from trainer.data.own.pictures import facts_of_pictures, plan_pictures, write_pictures

    with open_entries(path) as entries, tempfile.TemporaryDirectory(dir=drafts or datasets, prefix=DRAFT) as folder:
        understood, plan = plan_pictures(entries, choices, trusting=choices.settle_pictures)
        inputs, targets, damaged, num_test = write_pictures(entries, plan, choices, Path(folder), report)
        counts = np.bincount(targets, minlength=len(plan.class_names)).tolist()
        if choices.settle_pictures and min(counts) < LEAST_OF_A_CLASS:  # a whole class cannot be read: look at all
            understood, plan = plan_pictures(entries, choices, trusting=False)
            inputs, targets, damaged, num_test = write_pictures(entries, plan, choices, Path(folder), report)
            counts = np.bincount(targets, minlength=len(plan.class_names)).tolist()
        refuse_classes(list(plan.class_names), counts)
        understood.num_examples, understood.counts, understood.num_test = len(targets), tuple(counts), num_test
        understood.left_out += damaged
        facts = facts_of_pictures(plan, len(targets), num_test, name, choices.title or title_of(path.name))
        return write_prepared(facts, inputs, targets, datasets, drafts=drafts), understood
