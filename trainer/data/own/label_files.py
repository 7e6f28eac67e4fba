"""Pictures with their labels in a table beside them: CSV or JSON Lines with file names, labels, and perhaps splits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from trainer.data.facts import joined_labels
from trainer.data.own.entries import DAMAGE, Entries
from trainer.data.own.grouping import says_whose
from trainer.data.own.picture_layout import SPLITS, Labelled, Part, PictureLayout, is_picture_name, with_training
from trainer.data.own.several_labels import LabelSets, sets_in_column, sets_in_columns
from trainer.data.own.tables.table_files import decoded_text, delimiter_of
from trainer.messages.message import NOTHING, Message

ENDINGS = (".csv", ".tsv", ".jsonl")
MOST_BYTES = 256 * 2**20
LABELS = ("label", "class", "target", "category", "y", "labels", "classes", "targets", "categories", "tags")
SPLIT_COLUMNS = ("split", "subset", "partition", "ml_use", "set")
# Some tools number the splits.
NUMBERED: dict[str, Part] = {"0": "train", "1": "validation", "2": "test"}
# A table is that of the pictures when it names so many of them.
LEAST_NAMED = 0.5


@dataclass(frozen=True)
class LabelFile:
    """A table of labels: which entry it is, and the layout that it gives."""

    index: int
    layout: PictureLayout


def label_file_of(entries: Entries, task: str = "auto") -> LabelFile | None:
    """The first table that names most pictures and gives each a label, or of the ``task`` "multilabel" any number.

    ``None`` when there is none.
    """
    pictures = {name: index for index, name in enumerate(entries.names) if is_picture_name(name)}
    for index, name in enumerate(entries.names):
        if not name.lower().endswith(ENDINGS) or entries.sizes[index] > MOST_BYTES or not pictures:
            continue
        for rows in _tables(entries, index):
            found, note = _labelled(rows, name, pictures, task)
            if len(found) >= LEAST_NAMED * len(pictures):
                sentence = Message("Pictures with their labels in {file}", file=name)
                return LabelFile(index, PictureLayout(found, sentence, note))
    return None


def _tables(entries: Entries, index: int) -> Iterator[pl.DataFrame]:
    """All cells as text or lists of texts; nothing for a file that is no table.

    What is between the labels of a cell may look like what is between columns, so a comma is tried as well.
    """
    name = entries.names[index].lower()
    try:
        with entries.open(index) as file:
            content = file.read(MOST_BYTES)
        if name.endswith(".jsonl"):
            lists = pl.read_ndjson(io.BytesIO(content))
            yield lists.select(_as_text(column) for column in lists.iter_columns())
            return
        text, _ = decoded_text(content)
        for delimiter in dict.fromkeys((delimiter_of(text), ",")):
            lines = io.BytesIO(text.encode())
            yield pl.read_csv(lines, separator=delimiter, infer_schema=False, truncate_ragged_lines=True)
    except (pl.exceptions.PolarsError, csv.Error, *DAMAGE):
        return


def _as_text(column: pl.Series) -> pl.Series:
    return column.cast(pl.List(pl.String) if column.dtype == pl.List else pl.String, strict=False)


def _labelled(rows: pl.DataFrame, table: str, pictures: dict[str, int], task: str) -> tuple[list[Labelled], Message]:
    """The pictures that the table names and labels, and why they may have several labels; empty when they have one."""
    folder = table.rpartition("/")[0]
    lower = {name.strip().lower(): name for name in rows.columns}
    words = [name for name in rows.columns if rows[name].dtype == pl.String]
    named = {name: [_index_of(cell, folder, pictures) for cell in rows[name].to_list()] for name in words}
    files = max(named, key=lambda name: sum(index is not None for index in named[name]), default="")
    label = next((lower[name] for name in LABELS if name in lower and lower[name] != files), "")
    if not files:
        return [], NOTHING
    split = next((lower[name] for name in SPLIT_COLUMNS if name in lower), "")
    splits = rows[split].to_list() if split else [""] * rows.height
    owner = next((name for name in words if name not in (files, label, split) and says_whose(name)), "")
    owners = rows[owner].to_list() if owner else [""] * rows.height
    sets, is_several = _label_sets(rows, label, [name for name in words if name not in (files, split, owner)], task)
    taken: dict[int, Labelled] = {}
    for index, names, part, whose in zip(named[files], sets.rows, splits, owners, strict=True):
        if index is not None and names is not None:
            labels = names if is_several else None
            taken[index] = Labelled(
                index, joined_labels(names), _part(part), owner=(whose or "").strip(), labels=labels
            )
    return with_training([taken[index] for index in sorted(taken)]), sets.note


def _label_sets(rows: pl.DataFrame, label: str, others: list[str], task: str) -> tuple[LabelSets, bool]:
    """The labels of each row, and whether there may be several; from the column ``label`` if there is one."""
    found = sets_in_column(rows[label], task) if label else sets_in_columns(rows, others, task)
    if found is not None and (label or task == "multilabel" or not found.are_one_each):
        return found, True
    if found is not None:
        return LabelSets(found.rows), False
    cells = rows[label].to_list() if label else [None] * rows.height
    texts = [", ".join(map(str, cell)) if isinstance(cell, list) else (cell or "").strip() for cell in cells]
    return LabelSets([(text,) if text else None for text in texts]), False


def _index_of(cell: str | None, folder: str, pictures: dict[str, int]) -> int | None:
    """The picture that a cell names: from the top, or from the folder of the table."""
    path = (cell or "").strip().replace("\\", "/").removeprefix("./")
    return pictures.get(path, pictures.get(f"{folder}/{path}"))


def _part(cell: str | None) -> Part:
    word = (cell or "").strip().lower()
    return NUMBERED.get(word) or SPLITS.get(word, "train")
