"""From a file or folder of a team to a prepared dataset: understand it first, then prepare what was understood."""

from __future__ import annotations

import tempfile
from pathlib import Path

from trainer.data.own.choices import Choices
from trainer.data.own.entries import Entries, open_entries
from trainer.data.own.formats import ACCEPTED, ARCHIVES, ARRAYS, TABLES, title_of
from trainer.data.own.grouping import groups_of, names_of_groups
from trainer.data.own.understanding import LEAST_OF_A_CLASS, Examples, Understanding
from trainer.data.preparing import DRAFT, write_prepared
from trainer.data.source import Report
from trainer.errors import BadData
from trainer.messages.message import Message


def understand(path: Path, choices: Choices) -> Understanding:
    """What is at ``path``, without storing any of it. Raises :class:`BadData` with a sentence on what to do."""
    if not is_of_files(path):
        return _read(path, choices, "own")[0]
    from trainer.data.own.arrays import holds_arrays, read_array_files
    from trainer.data.own.pictures import understand_pictures

    with open_entries(path) as entries:
        if holds_arrays(entries):
            return read_array_files(entries, choices, path.name, "own", _title(path, choices))[0]
        return understand_pictures(entries, choices)


def prepare_own(
    path: Path, choices: Choices, name: str, datasets: Path, report: Report, *, drafts: Path | None = None
) -> tuple[Path, Understanding]:
    """Prepare what is at ``path`` below ``datasets``; returns the folder and what was understood.

    The folder is named by its content: the same data again gives the same folder. Raises :class:`BadData`. ``drafts``
    is as in :func:`write_prepared`.
    """
    report(0.0, Message("Reading {file}", file=path.name))
    if is_of_files(path):
        return _prepare_files(path, choices, name, datasets, report, drafts=drafts)
    understood, read = _read(path, choices, name)
    return _written(read, datasets, drafts), understood


def is_of_files(path: Path) -> bool:
    """Whether it is a folder or an archive: of pictures, or of arrays."""
    return path.is_dir() or path.name.lower().endswith(ARCHIVES)


def _read(path: Path, choices: Choices, name: str) -> tuple[Understanding, Examples]:
    title = _title(path, choices)
    ending = path.suffix.lower()
    if not path.exists():
        raise BadData(Message("There is no file {path}.", path=str(path)))
    if ending in ARRAYS:
        from trainer.data.own.arrays import read_arrays

        return read_arrays(path, choices, name, title)
    if ending in TABLES:
        from trainer.data.own.tables.reading import read_own_table

        return read_own_table(path, choices, name, title)
    raise BadData(
        Message(
            "{file} is not understood; accepted: {accepted}, or a folder.", file=path.name, accepted=", ".join(ACCEPTED)
        )
    )


def _title(path: Path, choices: Choices) -> str:
    return choices.title or title_of(path.name)


def _prepare_files(
    path: Path, choices: Choices, name: str, datasets: Path, report: Report, *, drafts: Path | None
) -> tuple[Path, Understanding]:
    from trainer.data.own.arrays import holds_arrays, read_array_files

    title = _title(path, choices)
    with open_entries(path) as entries, tempfile.TemporaryDirectory(dir=drafts or datasets, prefix=DRAFT) as folder:
        if holds_arrays(entries):
            understood, read = read_array_files(entries, choices, path.name, name, title)
        else:
            understood, read = _read_pictures(entries, choices, Path(folder), report, name=name, title=title)
        return _written(read, datasets, drafts), understood


def _read_pictures(
    entries: Entries, choices: Choices, folder: Path, report: Report, *, name: str, title: str
) -> tuple[Understanding, Examples]:
    """Decode the pictures into ``folder``, where they stay."""
    from trainer.data.findings.classes import class_counts
    from trainer.data.own.pictures import facts_of_pictures, plan_pictures, refuse_counts, write_pictures
    from trainer.data.own.picturing.decoding import get_ready

    get_ready(entries)
    understood, plan = plan_pictures(entries, choices, trusting=choices.settle_pictures)
    written = write_pictures(entries, plan, choices, folder, report)
    facts = facts_of_pictures(plan, written.pictures, name, title)
    counts = class_counts(written.targets, facts).tolist()
    if choices.settle_pictures and min(counts) < LEAST_OF_A_CLASS:  # a whole class cannot be read: look at all
        understood, plan = plan_pictures(entries, choices, trusting=False)
        written = write_pictures(entries, plan, choices, folder, report)
        facts = facts_of_pictures(plan, written.pictures, name, title)
        counts = class_counts(written.targets, facts).tolist()
    refuse_counts(plan, counts)
    understood.num_examples, understood.counts = facts.num_examples, tuple(counts)
    understood.num_validation, understood.num_test = facts.num_validation, facts.num_test
    understood.left_out += written.damaged
    names = names_of_groups(written.pictures, entries.names, plan.groups) if plan.groups else None
    groups = groups_of(names) if names else None
    return understood, Examples(written.inputs, written.targets, facts, groups)


def _written(read: Examples, datasets: Path, drafts: Path | None) -> Path:
    arrays = read.inputs, read.targets
    return write_prepared(read.facts, *arrays, datasets, groups=read.groups, times=read.times, drafts=drafts)
