"""Tables of a team: which column is predicted from which, and the prepared rows.

A prepared row is raw: numbers as they are, a category as its number, NaN where a cell is missing. What stands in for
missing cells and how categories are encoded is learnt by each training from its own training part
(``trainer/networks/columns.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.own.choices import Choices
from trainer.data.own.entries import LeftOut
from trainer.data.own.grouping import set_apart
from trainer.data.own.tables.column_roles import notes_on, roles_of, target_name
from trainer.data.own.tables.columns import DECIMAL_COMMA, TRUTHS, Column, column_of
from trainer.data.own.tables.table_files import TextTable, read_table
from trainer.data.own.understanding import Examples, Understanding, in_chosen_order, refuse_classes
from trainer.data.samples import samples_of
from trainer.errors import BadData
from trainer.messages.message import Message

MOST_CLASSES_OF_NUMBERS = 20
MOST_COLUMNS_FOR_WORDS = 5000
SHOWN_ROWS = 1000


def read_own_table(path: Path, choices: Choices, name: str, title: str) -> tuple[Understanding, Examples]:
    """Read and understand the table at ``path``. Raises :class:`BadData` when nothing can be learnt from it."""
    text = read_table(path, choices)
    columns = _columns(text, choices)
    named = target_name(list(text.columns.columns), choices.target)
    target = next(column for column in columns if column.name == named)
    classes = _are_classes(target, choices)
    apart = set_apart({column.name: column for column in columns if column is not target}, choices)
    roles = roles_of(columns, target, choices, apart.roles, classes=classes)
    used = [column for column, each in zip(columns, roles, strict=True) if each.role == "input"]
    keep = apart.complete(_usable_rows(used, target, choices, classes=classes))
    if not keep.any():
        raise BadData(Message("No row has all that is needed. Fill in the missing cells, or leave columns out."))
    words = target.words.filter(pl.Series(keep))
    inputs, described = _inputs(used, keep)
    groups = apart.groups(keep)
    known = {"name": name, "title": title, "kind": "table", "num_examples": len(inputs), "target_name": target.name}
    known |= {"input_shape": (len(used),), "feature_names": tuple(column.name for column in used), **apart.facts}
    if any(column.categories or column.has_missing for column in described):
        known |= {"columns": described}
    counts: tuple[int, ...] = ()
    if classes:
        class_names, counts, targets = _class_numbers(words, target, choices)
        facts = DatasetFacts.model_validate(known | {"task": "classification", "class_names": class_names})
    else:
        targets = _target_numbers(target)[keep]
        facts = DatasetFacts.model_validate(known | {"task": "regression"})
    understood = Understanding(
        text.layout,
        source="table",
        kind="table",
        task=facts.task,
        num_examples=len(inputs),
        input_shape=facts.input_shape,
        class_names=facts.class_names,
        counts=counts,
        feature_names=facts.feature_names,
        target_name=target.name,
        **apart.facts,
        num_groups=0 if groups is None else len(np.unique(groups)),
        columns=tuple(roles),
        samples=samples_of(inputs, targets, facts),
        notes=[
            *_writing(text),
            *_notes(target, keep, inputs, choices, classes=classes),
            *apart.notes,
            *notes_on(roles, choices),
        ],
        left_out=[LeftOut(each.name, each.reason) for each in roles if each.role == "out"],
    )
    return understood, Examples(inputs, targets, facts, groups, apart.times(keep))


def _columns(text: TextTable, choices: Choices) -> list[Column]:
    found = []
    for cells in text.columns:
        choice = choices.of_column(cells.name)
        chosen = "auto" if choice.role == "out" else choice.type
        found.append(column_of(cells, decimal_commas=text.has_decimal_commas, chosen=chosen))
    return found


def _are_classes(target: Column, choices: Choices) -> bool:
    if choices.task == "multilabel":
        raise BadData(
            Message(
                "A table has one column to predict; accepted: auto, classification, regression. Save the rows and "
                "several labels of each as arrays x and y."
            )
        )
    if choices.task != "auto":
        return choices.task == "classification"
    if target.numbers is None:
        return True
    present = target.numbers[np.isfinite(target.numbers)]
    return bool(np.all(present == np.rint(present))) and len(np.unique(present)) <= MOST_CLASSES_OF_NUMBERS


def _usable_rows(used: list[Column], target: Column, choices: Choices, *, classes: bool) -> np.ndarray:
    """Rows with a target, without a number beyond float32, and without missing cells if that was chosen; bool (n,)."""
    keep: np.ndarray = ~target.words.is_null().to_numpy()
    if not classes:
        keep &= np.isfinite(_target_numbers(target))
    for column in used:
        if column.numbers is not None:
            keep &= ~np.isinf(_in_32_bits(column.numbers))
        if choices.missing_rows == "drop":
            missing = column.words.is_null().to_numpy() if column.numbers is None else np.isnan(column.numbers)
            keep &= ~missing
    return keep


def _inputs(used: list[Column], keep: np.ndarray) -> tuple[np.ndarray, tuple[ColumnFacts, ...]]:
    """The rows to keep, float32 (rows, columns), and what their columns are."""
    read = [_cells_of(column, keep) for column in used]
    num_values = sum(max(1, len(categories)) for _, categories in read)
    if num_values > MOST_COLUMNS_FOR_WORDS:
        raise BadData(
            Message(
                "The columns become {count:,} numbers; accepted: at most {most:,}. Leave some out.",
                count=num_values,
                most=MOST_COLUMNS_FOR_WORDS,
            )
        )
    described = tuple(
        ColumnFacts(name=column.name, categories=categories, has_missing=bool(np.isnan(cells).any()))
        for column, (cells, categories) in zip(used, read, strict=True)
    )
    return np.stack([cells for cells, _ in read], axis=1), described


def _cells_of(column: Column, keep: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The kept cells as numbers, and the categories that they count, in the order of the alphabet."""
    if column.numbers is not None:
        return _in_32_bits(column.numbers)[keep], ()
    words = column.words.filter(pl.Series(keep))
    categories = sorted(words.drop_nulls().unique().to_list())
    numbers = {word: float(number) for number, word in enumerate(categories)}
    cells = words.replace_strict(numbers, default=None, return_dtype=pl.Float32).to_numpy()
    return cells.astype(np.float32), tuple(categories)


def _in_32_bits(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite
        return numbers.astype(np.float32)


def _class_numbers(
    words: pl.Series, target: Column, choices: Choices
) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray]:
    """Class names, in the order chosen, of numbers or of the alphabet, their counts, and each row's class number."""
    values = words.unique().to_list()
    guessed = (
        sorted(values, key=lambda word: (float(word.replace(",", ".")), word))
        if _all_numbers(target)
        else sorted(values)
    )
    in_order = in_chosen_order(guessed, choices.classes)
    numbers = {word: number for number, word in enumerate(in_order)}
    targets = np.array([numbers[word] for word in words.to_list()], np.int32)
    counts = np.bincount(targets, minlength=len(in_order)).tolist()
    refuse_classes(in_order, counts)
    return tuple(in_order), tuple(counts), targets


def _all_numbers(target: Column) -> bool:
    return (
        target.numbers is not None and not set(target.words.str.to_lowercase().drop_nulls().unique()) <= TRUTHS.keys()
    )


def _target_numbers(target: Column) -> np.ndarray:
    if target.numbers is None:
        raise BadData(
            Message("{column} holds words; a regression needs numbers. Choose classification.", column=target.name)
        )
    return _in_32_bits(target.numbers)


def _writing(text: TextTable) -> Iterator[Message]:
    """What is to be said of how numbers are written, as the first rows show it."""
    first = text.columns.head(SHOWN_ROWS)
    if text.has_decimal_commas and any(cells.str.contains(f"^{DECIMAL_COMMA.pattern}$").any() for cells in first):
        yield Message("Commas in numbers are read as decimal points: 3,5 is 3.5.")


def _notes(
    target: Column, keep: np.ndarray, inputs: np.ndarray, choices: Choices, *, classes: bool
) -> Iterator[Message]:
    num_dropped = len(keep) - len(inputs)
    if num_dropped and choices.missing_rows == "drop":
        yield Message(
            "{count:,} row has missing cells and is left out.",
            plural="{count:,} rows have missing cells and are left out.",
            count=num_dropped,
        )
    elif num_dropped:
        yield Message(
            "{count:,} row has no usable target, or a number that is too large, and is left out.",
            plural="{count:,} rows have no usable target, or a number that is too large, and are left out.",
            count=num_dropped,
        )
    if num_missing := int(np.isnan(inputs).sum()):
        yield Message(
            "{count:,} cell is missing. A training fills it in from its training part.",
            plural="{count:,} cells are missing. A training fills them in from its training part.",
            count=num_missing,
        )
    if classes and _all_numbers(target):
        yield Message("{column} holds few whole numbers, which are taken as classes.", column=target.name)
