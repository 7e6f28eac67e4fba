"""Pictures with their labels in a table beside them: CSV or JSON Lines with file names, labels, and perhaps splits."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import polars as pl

from trainer.data.own.entries import DAMAGE, Entries
from trainer.data.own.grouping import says_whose
from trainer.data.own.picture_layout import SPLITS, Labelled, Part, PictureLayout, is_picture_name, with_training
from trainer.data.own.tables.table_files import decoded_text, delimiter_of
from trainer.messages.message import Message

ENDINGS = (".csv", ".tsv", ".jsonl")
MOST_BYTES = 256 * 2**20
LABELS = ("label", "class", "target", "category", "y")
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


def label_file_of(entries: Entries) -> LabelFile | None:
    """The first table that names most pictures and gives each a label; ``None`` when there is none."""
    pictures = {name: index for index, name in enumerate(entries.names) if is_picture_name(name)}
    for index, name in enumerate(entries.names):
        if not name.lower().endswith(ENDINGS) or entries.sizes[index] > MOST_BYTES or not pictures:
            continue
        rows = _rows(entries, index)
        found = _labelled(rows, name, pictures) if rows is not None else []
        if len(found) >= LEAST_NAMED * len(pictures):
            sentence = Message("Pictures with their labels in {file}", file=name)
            return LabelFile(index, PictureLayout(found, sentence))
    return None


def _rows(entries: Entries, index: int) -> pl.DataFrame | None:
    """All cells as text; ``None`` for a file that is no table."""
    name = entries.names[index].lower()
    try:
        with entries.open(index) as file:
            content = file.read(MOST_BYTES)
        if name.endswith(".jsonl"):
            return pl.read_ndjson(io.BytesIO(content)).select(pl.all().cast(pl.String, strict=False))
        text, _ = decoded_text(content)
        lines = io.BytesIO(text.encode())
        return pl.read_csv(lines, separator=delimiter_of(text), infer_schema=False, truncate_ragged_lines=True)
    except (pl.exceptions.PolarsError, csv.Error, *DAMAGE):
        return None


def _labelled(rows: pl.DataFrame, table: str, pictures: dict[str, int]) -> list[Labelled]:
    folder = table.rpartition("/")[0]
    lower = {name.strip().lower(): name for name in rows.columns}
    named = {name: [_index_of(cell, folder, pictures) for cell in rows[name].to_list()] for name in rows.columns}
    files = max(named, key=lambda name: sum(index is not None for index in named[name]), default="")
    label = next((lower[name] for name in LABELS if name in lower and lower[name] != files), "")
    if not files or not label:
        return []
    split = next((lower[name] for name in SPLIT_COLUMNS if name in lower), "")
    splits = rows[split].to_list() if split else [""] * rows.height
    owner = next((name for name in rows.columns if name not in (files, label, split) and says_whose(name)), "")
    owners = rows[owner].to_list() if owner else [""] * rows.height
    taken: dict[int, Labelled] = {}
    for index, word, part, whose in zip(named[files], rows[label].to_list(), splits, owners, strict=True):
        if index is not None and word and word.strip():
            taken[index] = Labelled(index, word.strip(), _part(part), owner=(whose or "").strip())
    return with_training([taken[index] for index in sorted(taken)])


def _index_of(cell: str | None, folder: str, pictures: dict[str, int]) -> int | None:
    """The picture that a cell names: from the top, or from the folder of the table."""
    path = (cell or "").strip().replace("\\", "/").removeprefix("./")
    return pictures.get(path, pictures.get(f"{folder}/{path}"))


def _part(cell: str | None) -> Part:
    word = (cell or "").strip().lower()
    return NUMBERED.get(word) or SPLITS.get(word, "train")
