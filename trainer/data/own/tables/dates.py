"""When each row of a table was: dates and times as people and programs write them, or plain numbers such as years."""

from __future__ import annotations

import numpy as np
import polars as pl

from trainer.data.own.tables.columns import Column

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y年%m月%d日")
WITH_NAMES = ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%Y-%m")
# Of a day that can be read in two ways the first fits: the day before the month, where both fit all rows.
FORMATS = (
    "%+",
    *DAYS,
    *WITH_NAMES,
    "%Y-%m-%dT%H:%M:%S%.f",
    *(f"{day} {time}" for day in DAYS for time in ("%H:%M:%S%.f", "%H:%M")),
)
SAMPLE = 50


def times_of(column: Column) -> np.ndarray | None:
    """Seconds since 1970 in UTC, or the numbers themselves; float64, NaN where missing. ``None`` for other words."""
    if column.numbers is not None:
        return column.numbers.astype(np.float64)
    return dates_of(column.words)


def dates_of(words: pl.Series) -> np.ndarray | None:
    """The dates as seconds since 1970, float64, NaN where missing; ``None`` unless one format fits all ``words``."""
    present = words.drop_nulls()
    if not len(present):
        return None
    for form in FORMATS:
        if _parsed(present.head(SAMPLE), form).null_count():
            continue
        dates = _parsed(words, form)
        if dates.null_count() == words.null_count():
            return (dates.dt.epoch("us").cast(pl.Float64) / 1e6).to_numpy()
    return None


def _parsed(words: pl.Series, form: str) -> pl.Series:
    return words.str.to_datetime(form, strict=False, time_unit="us")
