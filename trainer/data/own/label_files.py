"""Reading the labels of pictures from a table: CSV or JSON Lines with file names, labels and optionally splits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from trainer.data.facts import joined_labels
from trainer.data.own.entries import DAMAGE, Entries
from trainer.data.own.grouping import is_group_name
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
# The share of the pictures that a table must name to be used.
LEAST_NAMED = 0.5


@dataclass(frozen=True)
class LabelFile:
    """A table of labels: its index among the entries, and the layout it defines."""

    index: int
    layout: PictureLayout


def label_file_of(entries: Entries, task: str = "auto") -> LabelFile | None:
    """Return the first table that labels at least half of the pictures; ``None`` if there is none.

    ``task`` is that of :class:`trainer.data.own.choices.Choices`, which says whether pictures may have several labels.
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
    """Yield the table with all cells as text or lists of text; nothing if the file cannot be parsed.

    A separator between the labels in a cell may be mistaken for the delimiter, so a comma is tried as well.
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
    """Return the pictures that the table labels, and a note if they may have several labels."""
    texts = [name for name in rows.columns if rows[name].dtype == pl.String]
    folder = table.rpartition("/")[0]
    indices = {name: [_index_of(cell, folder, pictures) for cell in rows[name].to_list()] for name in texts}
    files = max(indices, key=lambda name: sum(index is not None for index in indices[name]), default="")
    if not files:
        return [], NOTHING
    label = _first_named(LABELS, [name for name in rows.columns if name != files])
    split = _first_named(SPLIT_COLUMNS, texts)
    group = next((name for name in texts if name not in (files, label, split) and is_group_name(name)), "")
    others = [name for name in texts if name not in (files, split, group)]
    sets, is_several = _label_sets(rows, label, others, task)
    columns = indices[files], sets.rows, _cells(rows, split), _cells(rows, group)
    found: dict[int, Labelled] = {}
    for index, labels, part, group_name in zip(*columns, strict=True):
        if index is not None and labels is not None:
            several = labels if is_several else None
            found[index] = Labelled(index, joined_labels(labels), _part(part), group=group_name, labels=several)
    return with_training([found[index] for index in sorted(found)]), sets.note


def _first_named(candidates: tuple[str, ...], columns: list[str]) -> str:
    """Return the first of ``columns`` that has one of the ``candidates`` as its name, in their order; "" if none."""
    by_name = {name.strip().lower(): name for name in columns}
    return next((by_name[name] for name in candidates if name in by_name), "")


def _cells(rows: pl.DataFrame, column: str) -> list[str]:
    """Return the text in each row of ``column``; empty strings if it is ""."""
    return [(cell or "").strip() for cell in rows[column].to_list()] if column else [""] * rows.height


def _label_sets(rows: pl.DataFrame, label: str, others: list[str], task: str) -> tuple[LabelSets, bool]:
    """Return the labels of each row, and whether an example may have several.

    They are read from the column ``label``, or if it is "" from those of the ``others`` that hold 0 and 1.
    """
    found = sets_in_column(rows[label], task) if label else sets_in_columns(rows, others, task)
    if found is not None and (label or task == "multilabel" or not found.are_one_each):
        return found, True
    if found is not None:
        return LabelSets(found.rows), False
    cells = rows[label].to_list() if label else [None] * rows.height
    texts = [", ".join(map(str, cell)) if isinstance(cell, list) else (cell or "").strip() for cell in cells]
    return LabelSets([(text,) if text else None for text in texts]), False


def _index_of(cell: str | None, folder: str, pictures: dict[str, int]) -> int | None:
    """Return the index of the picture at the path in a cell, relative to the root or to the folder of the table."""
    path = (cell or "").strip().replace("\\", "/").removeprefix("./")
    return pictures.get(path, pictures.get(f"{folder}/{path}"))


def _part(cell: str) -> Part:
    return NUMBERED.get(cell) or SPLITS.get(cell.lower(), "train")
