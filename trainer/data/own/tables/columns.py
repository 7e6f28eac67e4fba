"""What each column of a table is: numbers, a few words, or something that a network cannot use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from trainer.errors import BadData
from trainer.messages.message import Message

MISSING = ("na", "n/a", "nan", "null", "none", "?", "-", "")
TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
# Words of more kinds are text, unless somebody says that they are categories.
MOST_CATEGORIES, MOST_CHOSEN_CATEGORIES = 50, 1000
LONGEST_CATEGORY = 200  # characters
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,15},\d{1,15}")
# 2026-03-31, 2026/3/31 14:05:59, 31.03.2026, 3/31/2026, 2026年3月31日.
DATE = (
    r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}年\d{1,2}月\d{1,2}日)([T ]\d{1,2}:\d{2}\S*)?$"
)
# A column of which most cells are missing says little.
MOST_MISSING = 0.5
NAME_OF_ID = re.compile(r"(^|[^a-z])(id|uuid|index|nr|no)$|编号$|序号$", re.IGNORECASE)

Kind = Literal["number", "category", "date", "text", "empty"]
Doubt = Literal["", "sparse", "constant", "id"]
# Why a column of such a kind cannot be used.
WHY_NOT = {
    "empty": Message("All of its cells are empty."),
    "date": Message(
        "It holds dates, which are no inputs yet. Choose it as the time of each row, or save what matters of them as "
        "numbers, such as the month or an age."
    ),
    "text": Message(
        "It holds text of many kinds, which is not used yet. If it is categories, choose that as its type."
    ),
}
# Why a column is left out unless somebody says that it is used.
WHY_DOUBTED = {
    "sparse": Message("Most of its cells are empty."),
    "constant": Message("It has the same value in every row."),
    "id": Message("It numbers the rows, so it says nothing about new ones."),
}


@dataclass(frozen=True)
class Column:
    """``numbers`` are those of a column of numbers, NaN where missing; ``words`` the cleaned cells of any column."""

    name: str
    kind: Kind
    words: pl.Series
    numbers: np.ndarray | None = None
    doubt: Doubt = ""


def column_of(cells: pl.Series, *, decimal_commas: bool, chosen: Literal["auto", "number", "category"]) -> Column:
    """Find out what the ``cells``, texts or null, are. Raises :class:`BadData` when they cannot be what was chosen."""
    trimmed = cells.str.strip_chars()
    words = trimmed.set(trimmed.str.to_lowercase().is_in(MISSING), None)
    present = words.drop_nulls()
    if not len(present):
        return Column(cells.name, "empty", words)
    numbers = None if chosen == "category" else _numbers(words, present, decimal_commas, some=chosen == "number")
    num_values = present.n_unique()
    if numbers is not None:
        kind: Kind = "number"
    elif chosen == "category":
        kind = _chosen_category(cells.name, present, num_values)
    else:
        kind = _kind_of_words(present, num_values)
    return Column(cells.name, kind, words, numbers, _doubt(cells.name, len(words), len(present), num_values, numbers))


def _kind_of_words(present: pl.Series, num_values: int) -> Kind:
    if present.str.contains(DATE).all():
        return "date"
    is_short = present.str.len_chars().max() <= LONGEST_CATEGORY  # type: ignore[operator]
    return "category" if num_values <= MOST_CATEGORIES and is_short else "text"


def _chosen_category(name: str, present: pl.Series, num_values: int) -> Kind:
    if num_values > MOST_CHOSEN_CATEGORIES or present.str.len_chars().max() > LONGEST_CATEGORY:  # type: ignore[operator]
        raise BadData(
            Message(
                "{column} has {count:,} values; accepted as categories: at most {most:,}, of at most {longest} "
                "characters each. Choose another type, or leave the column out.",
                column=name,
                count=num_values,
                most=MOST_CHOSEN_CATEGORIES,
                longest=LONGEST_CATEGORY,
            )
        )
    return "category"


def _numbers(words: pl.Series, present: pl.Series, decimal_commas: bool, *, some: bool) -> np.ndarray | None:
    """Finite numbers of the whole column, or ``None`` when one cell is none; with ``some``, such cells are missing."""
    lower = present.str.to_lowercase()
    if lower.is_in(tuple(TRUTHS)).all():
        return words.str.to_lowercase().replace_strict(TRUTHS, default=None, return_dtype=pl.Float64).to_numpy()
    plain = words
    if decimal_commas and present.str.contains(f"^{DECIMAL_COMMA.pattern}$").any():
        plain = words.str.replace(",", ".", literal=True)
    numbers = plain.cast(pl.Float64, strict=False)
    numbers = numbers.set(~numbers.is_finite().fill_null(value=True), None) if some else numbers
    if some and not numbers.drop_nulls().len():
        raise BadData(
            Message(
                "{column} holds no number, such as {cell}. Choose another type, or leave the column out.",
                column=words.name,
                cell=repr(present[0][:50]),
            )
        )
    if not some and (numbers.is_null().sum() > words.is_null().sum() or not numbers.drop_nulls().is_finite().all()):
        return None
    return numbers.to_numpy()


def _doubt(name: str, num_cells: int, num_present: int, num_values: int, numbers: np.ndarray | None) -> Doubt:
    if num_present < MOST_MISSING * num_cells:
        return "sparse"
    if num_values < 2:
        return "constant"
    return "id" if numbers is not None and _numbers_the_rows(name, numbers, num_values) else ""


def _numbers_the_rows(name: str, numbers: np.ndarray, num_values: int) -> bool:
    """1, 2, 3 … without a gap in this order, or whole numbers that are all different in a column of such a name."""
    if len(numbers) <= 2:
        return False
    is_unique = num_values == len(numbers) and bool(np.all(numbers == np.rint(numbers)))
    return bool(np.all(np.diff(numbers) == 1)) or (is_unique and NAME_OF_ID.search(name.strip()) is not None)
