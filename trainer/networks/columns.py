"""The front of a network on a table with missing cells or categories: raw rows in, numbers out.

It is made of built-in layers and operations of Keras, so that a downloaded model loads in plain Keras. A table of
numbers alone has none of it.
"""

from __future__ import annotations

from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.networks.plan import Builder, FromTraining, Path, Seen
from trainer.spec import Embedding, Spec

FILLS = {
    "mean": FromTraining.INPUT_MEAN,
    "median": FromTraining.INPUT_MEDIAN,
    "most_frequent": FromTraining.INPUT_MOST_FREQUENT,
}


def fill_missing(builder: Builder, spec: Spec, facts: DatasetFacts) -> None:
    """Append what puts a value of the training data, or the number of a category of its own, where NaN is."""
    if not any(column.has_missing for column in facts.columns):
        return
    at = ("columns", "missing_numbers")
    values = [_fill_of(column, spec) for column in facts.columns]
    builder.add("missing", "Isnan", origin=at)
    builder.add("filled", "Where", origin=at, inputs=("missing", "input"), values=values)


def encode_columns(builder: Builder, spec: Spec, facts: DatasetFacts) -> None:
    """Append what turns categories into numbers and marks missing numbers; numbers come first, as they are."""
    numbers = [index for index, column in enumerate(facts.columns) if not column.categories]
    words = [index for index, column in enumerate(facts.columns) if column.categories]
    marked = [index for index in numbers if facts.columns[index].has_missing and spec.columns.mark_missing]
    if not words and not marked:
        return
    rows, parts = builder.last, []
    if numbers and words:
        parts.append(_take(builder, "numbers", rows, numbers, ("columns",)))
    elif numbers:
        parts.append(rows)
    if marked:
        at = ("columns", "mark_missing")
        _take(builder, "missing_numbers", "missing", marked, at)
        parts.append(builder.add("marks", "Cast", origin=at))
    if words:
        parts += _encoded(builder, spec, facts, rows, words)
    if len(parts) > 1:
        builder.add("columns", "Concatenate", origin=("columns",), inputs=tuple(parts), axis=-1)


def _encoded(builder: Builder, spec: Spec, facts: DatasetFacts, rows: str, words: list[int]) -> list[str]:
    """One-hot for all columns at once, or learnt numbers for each of them; returns the names of the layers."""
    at = ("columns", "categories")
    seen = [Seen(index, number) for index in words for number in range(_num_categories(facts.columns[index], spec))]
    _take(builder, "categories", rows, [each.column for each in seen], at)
    builder.add("is_category", "Equal", origin=at, values=seen)
    one_hot = builder.add("one_hot", "Cast", origin=at)
    encoding = spec.columns.categories
    if not isinstance(encoding, Embedding):
        return [one_hot]
    names = []
    for order, index in enumerate(words, start=1):
        own = [slot for slot, each in enumerate(seen) if each.column == index]
        _take(builder, f"category_{order}", one_hot, own, at)
        # A row of the kernel is the embedding of a category: the same numbers as those of an Embedding layer, and
        # zeros, not an error, for a category that is unknown.
        units = min(encoding.size, len(own))
        name = f"embedding_{order}"
        names.append(builder.dense(name, origin=(*at, "size"), units=units, inputs=(builder.last,), use_bias=False))
    return names


def _fill_of(column: ColumnFacts, spec: Spec) -> float | FromTraining:
    if not column.has_missing:
        return 0.0
    if not column.categories:
        return FILLS[spec.columns.missing_numbers]
    if spec.columns.missing_categories == "own_category":
        return float(len(column.categories))
    return FromTraining.INPUT_MOST_FREQUENT


def _num_categories(column: ColumnFacts, spec: Spec) -> int:
    has_own = column.has_missing and spec.columns.missing_categories == "own_category"
    return len(column.categories) + has_own


def _take(builder: Builder, name: str, rows: str, columns: list[int], at: Path) -> str:
    return builder.add(name, "Take", origin=at, inputs=(rows,), columns=columns)
