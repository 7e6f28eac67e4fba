"""Columns of a table that say nothing, too much, or hold values that stand apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainer.data.findings.finding import Finding, about, first_of
from trainer.data.loading import Data
from trainer.messages.message import Message

# A column that follows a number to predict like this is that number in another unit.
MOST_CORRELATION = 0.999
# Fewer examples may agree by chance.
LEAST_OF_A_COPY = 20
# A first look at a column, to see whether it can be a copy of classes at all.
FIRST_ROWS = 1000
# "Far out" are values beyond three times the distance of the quartiles (Tukey 1977, Exploratory Data Analysis,
# section 2D). More of them than this share are the column's shape: then no value stands apart.
FENCE, MOST_OUTLYING = 3.0, 0.02


def columns(data: Data) -> Iterator[Finding]:
    """What is said about the columns of a table, and about a number to predict."""
    if data.facts.kind == "table":
        yield from _constants(data)
        yield from _target_copies(data)
        yield from _outliers(data)


def _constants(data: Data) -> Iterator[Finding]:
    names = [name for name, values in _columns(data) if _is_constant(values[~np.isnan(values)])]
    if names:
        message = Message(
            "{count} column has the same value in every example: {names}.",
            plural="{count} columns have the same value in every example: {names}.",
            count=len(names),
            names=first_of(names),
        )
        yield Finding("constants", message, Message("It says nothing about the target. Leave it out."))


def _is_constant(values: np.ndarray) -> bool:
    return bool(len(values)) and bool(values.min() == values.max())


def _target_copies(data: Data) -> Iterator[Finding]:
    if data.facts.task == "multilabel":
        return  # a column may well be one of several labels
    is_copy = _is_copy_of_a_class if data.facts.task == "classification" else _follows
    names = [name for name, values in _columns(data) if is_copy(values, data)]
    if names:
        message = Message(
            "{count} column tells the target all by itself: {names}.",
            plural="{count} columns tell the target all by themselves: {names}.",
            count=len(names),
            names=first_of(names),
        )
        advice = Message(
            "It is likely to be the target in other words, or to be known only afterwards: a network then learns "
            "nothing else, and fails on new data. Leave it out unless it is known beforehand."
        )
        yield Finding("target_copies", message, advice)


def _is_copy_of_a_class(column: np.ndarray, data: Data) -> bool:
    """Whether one value of the column is there exactly where one of the classes is."""
    num_classes, targets = data.facts.num_classes, data.targets
    if len(np.unique(column[:FIRST_ROWS])) > num_classes:
        return False
    values, codes = np.unique(column, return_inverse=True)
    if len(values) > num_classes or len(values) < 2:
        return False
    together = np.bincount(codes * num_classes + targets, minlength=len(values) * num_classes)
    table = together.reshape(len(values), num_classes)
    alone = (table == table.sum(axis=0)) & (table == table.sum(axis=1, keepdims=True))
    return bool((alone & (table >= LEAST_OF_A_COPY)).any())


def _follows(column: np.ndarray, data: Data) -> bool:
    """Whether the column is the number to predict in another unit."""
    there = np.isfinite(column)
    values, targets = column[there].astype(np.float64), data.targets[there].astype(np.float64)
    if len(values) < LEAST_OF_A_COPY or not np.ptp(values) or not np.ptp(targets):
        return False
    return bool(abs(np.corrcoef(values, targets)[0, 1]) > MOST_CORRELATION)


def _outliers(data: Data) -> Iterator[Finding]:
    names, rows, count = [], [], 0
    target = [(data.facts.target_name, data.targets)] if data.facts.task == "regression" else []
    for name, values in (*_columns(data), *target):
        far = np.setdiff1d(np.flatnonzero(far_out(values)), data.left_out)
        if 0 < len(far) <= MOST_OUTLYING * len(values):
            names.append(name)
            rows.append(far)
            count += len(far)
    if names:
        message = Message(
            "{count:,} value is far from all others of its column: {names}.",
            plural="{count:,} values are far from all others of their columns: {names}.",
            count=count,
            names=first_of(names),
        )
        advice = Message("Look whether they are mistakes, such as a wrong unit or a code for “unknown”, and mend them.")
        yield about("outliers", message, advice, np.unique(np.concatenate(rows)).tolist())


def far_out(values: np.ndarray) -> np.ndarray:
    """Which of the values lie beyond Tukey's outer fences, bool; none where most are equal, or there are but two."""
    there = values[np.isfinite(values)].astype(np.float64)
    if len(np.unique(there[:FIRST_ROWS])) <= 2 < len(there) or not len(there):
        return np.zeros(len(values), bool)
    low, high = np.quantile(there, (0.25, 0.75))
    reach = FENCE * (high - low)
    if not reach:
        return np.zeros(len(values), bool)
    return np.isfinite(values) & ((values < low - reach) | (values > high + reach))


def _columns(data: Data) -> Iterator[tuple[str, np.ndarray]]:
    """The name and values of each column; NaN stands for a missing value."""
    return zip(data.facts.feature_names, data.inputs.T, strict=True)
