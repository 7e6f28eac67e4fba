"""Several labels an example, as tables beside pictures say them.

In lists, in words with something between them, or in a column of 0 and 1 for each label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from trainer.data.findings.finding import first_of
from trainer.data.own.choices import Choices
from trainer.data.own.picture_layout import Labelled, PictureLayout
from trainer.errors import BadData
from trainer.messages.message import NOTHING, Message

SEPARATORS = (";", "|", ",")
YES, NO = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}
LEAST_LABELS, MOST_LABELS = 2, 1000


@dataclass(frozen=True)
class LabelSets:
    """The labels of each row, ``None`` where the table says nothing, and how it says them."""

    rows: list[tuple[str, ...] | None]
    note: Message = NOTHING

    @property
    def are_one_each(self) -> bool:
        return all(row is None or len(row) == 1 for row in self.rows)


def sets_in_column(column: pl.Series, task: str) -> LabelSets | None:
    """The labels of a column of lists or of words; ``None`` when each cell is one class.

    With the chosen ``task`` "multilabel" cells are taken apart, and with "classification" they are not; with "auto"
    they are when it looks as if they had several labels.
    """
    if column.dtype == pl.List:
        found = LabelSets([None if cell is None else _tidied(cell) for cell in column.to_list()], _in_lists())
        return found if task == "multilabel" or (task == "auto" and not found.are_one_each) else None
    cells: list[str] = [(cell or "").strip() for cell in column.to_list()]
    separator = _separator_of({cell for cell in cells if cell}, task)
    if task != "multilabel" and not separator:
        return None
    return LabelSets([_split(cell, separator) if cell else None for cell in cells], _in_words(separator))


def sets_in_columns(rows: pl.DataFrame, names: Sequence[str], task: str) -> LabelSets | None:
    """The labels of those columns among ``names`` that have 0 and 1 alone; ``None`` when there are fewer than two."""
    columns = {name: [(cell or "").strip().lower() for cell in rows[name].to_list()] for name in names}
    is_there = {name: [cell in YES for cell in cells] for name, cells in columns.items() if set(cells) <= YES | NO}
    if len(is_there) < LEAST_LABELS:
        return None
    found = [tuple(name for name in is_there if is_there[name][row]) for row in range(rows.height)]
    shown = first_of(list(is_there), most=8)
    note = Message("Pictures may have several labels each: each of the columns {names} is one.", names=shown)
    sets = LabelSets(list(found), note)
    return None if task == "classification" and not sets.are_one_each else sets


def targets_of(pictures: Sequence[Labelled], class_names: Sequence[str], *, has_several: bool) -> np.ndarray:
    """The targets of a prepared dataset, see :class:`trainer.data.loading.Data`: of several labels, or of one class."""
    numbers = {name: number for number, name in enumerate(class_names)}
    if not has_several:
        return np.array([numbers[picture.label] for picture in pictures], np.int32)
    targets = np.zeros((len(pictures), len(class_names)), np.float32)
    for row, picture in zip(targets, pictures, strict=True):
        row[[numbers[name] for name in picture.every_label]] = 1
    return targets


def refuse_one_each(layout: PictureLayout, choices: Choices) -> None:
    """Raise :class:`BadData` where several labels were chosen and there is one class for each picture."""
    if choices.task == "multilabel" and not layout.has_several:
        raise BadData(
            Message(
                "Pictures in folders have one class each. For several labels put a table of file names and labels "
                "beside them, or choose one class each."
            )
        )


def refuse_labels(names: Sequence[str], counts: Sequence[int]) -> None:
    """Raise :class:`BadData` unless there are some labels, not too many, and each is that of an example."""
    if not LEAST_LABELS <= len(names) <= MOST_LABELS:
        raise BadData(
            Message(
                "{count:,} labels found; accepted: {least} to {most:,}. Leave out rare ones, or add others.",
                count=len(names),
                least=LEAST_LABELS,
                most=MOST_LABELS,
            )
        )
    unused = [name for name, count in zip(names, counts, strict=True) if not count]
    if unused:
        raise BadData(Message("No example has the label {name}. Leave it out, or add examples.", name=unused[0]))


def _separator_of(cells: set[str], task: str) -> str:
    """What is between labels; "" when cells are single ones.

    Labels are shared by cells. Text with commas may be one name, such as a place and its country; taken apart, it gives
    more different words than there are cells.
    """
    for separator in SEPARATORS:
        sets = [_split(cell, separator) for cell in cells]
        together = [name for names in sets if len(names) > 1 for name in names]
        counts = Counter(name for names in sets for name in names)
        looks_like_it = any(counts[name] > 1 for name in together) and (separator != "," or len(counts) <= len(cells))
        if together and (looks_like_it or task == "multilabel") and task != "classification":
            return separator
    return ""


def _split(cell: str, separator: str) -> tuple[str, ...]:
    return _tidied(cell.split(separator)) if separator else (cell,)


def _tidied(names: Sequence[str | None]) -> tuple[str, ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys(name.strip() for name in names if name and name.strip()))


def _in_lists() -> Message:
    return Message("Pictures may have several labels each: the table has lists of them.")


def _in_words(separator: str) -> Message:
    if not separator:
        return NOTHING
    return Message(
        "Pictures may have several labels each: those with “{separator}” between them. If such a cell is the name of "
        "one class, choose one class each.",
        separator=separator,
    )
