"""What each column of a table is: numbers, a few words, or something that a network cannot use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from trainer.messages.message import Message

MISSING = ("na", "n/a", "nan", "null", "none", "?", "-", "")
TRUTHS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
MOST_CATEGORIES = 50
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,15},\d{1,15}")
# A column of which most cells are missing says little.
MOST_MISSING = 0.5

Kind = Literal["number", "category", "empty", "constant", "id", "text"]
WHY_NOT = {
    "empty": Message("Most of its cells are empty."),
    "constant": Message("It has the same value in every row."),
    "id": Message("It numbers the rows, so it says nothing about new ones."),
    "text": Message("It holds text of many kinds, which is not used yet."),
}


@dataclass(frozen=True)
class Column:
    """``numbers`` are those of a column of numbers, NaN where missing; ``words`` the cleaned cells of any other."""

    name: str
    kind: Kind
    words: pl.Series
    numbers: np.ndarray | None = None


def column_of(cells: pl.Series, *, decimal_commas: bool) -> Column:
    """Find out what the ``cells``, texts or null, are."""
    trimmed = cells.str.strip_chars()
    words = trimmed.set(trimmed.str.to_lowercase().is_in(MISSING), None)
    present = words.drop_nulls()
    if len(present) < MOST_MISSING * len(words):
        return Column(cells.name, "empty", words)
    numbers = _numbers(words, present, decimal_commas)
    num_values = present.n_unique()
    if num_values < 2:
        return Column(cells.name, "constant", words, numbers)
    if numbers is not None:
        return Column(cells.name, "id" if _numbers_the_rows(numbers) else "number", words, numbers)
    return Column(cells.name, "category" if num_values <= MOST_CATEGORIES else "text", words)


def _numbers(words: pl.Series, present: pl.Series, decimal_commas: bool) -> np.ndarray | None:
    """Finite numbers of the whole column, or ``None`` when one cell is none."""
    lower = present.str.to_lowercase()
    if lower.is_in(tuple(TRUTHS)).all():
        return words.str.to_lowercase().replace_strict(TRUTHS, default=None, return_dtype=pl.Float64).to_numpy()
    plain = words
    if decimal_commas and present.str.contains(f"^{DECIMAL_COMMA.pattern}$").any():
        plain = words.str.replace(",", ".", literal=True)
    numbers = plain.cast(pl.Float64, strict=False)
    if numbers.is_null().sum() > words.is_null().sum() or not numbers.drop_nulls().is_finite().all():
        return None
    return numbers.to_numpy()


def _numbers_the_rows(numbers: np.ndarray) -> bool:
    """1, 2, 3 … without a gap, in this order."""
    return len(numbers) > 2 and bool(np.all(np.diff(numbers) == 1))
