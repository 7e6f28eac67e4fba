"""Tables of a team: which column is predicted from which, and the numbers that a network sees of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from trainer.data.facts import DatasetFacts
from trainer.data.own.choices import Choices
from trainer.data.own.columns import TRUTHS, WHY_NOT, Column, column_of
from trainer.data.own.entries import LeftOut
from trainer.data.own.grouping import set_apart
from trainer.data.own.table_files import read_table
from trainer.data.own.understanding import Examples, Understanding, refuse_classes
from trainer.data.samples import samples_of
from trainer.errors import BadData
from trainer.messages.message import Message

# What people call the column to predict; without such a name it is the last one.
TARGETS = ("target", "label", "class", "y", "outcome", "species", "diagnosis")
MOST_CLASSES_OF_NUMBERS = 20
MOST_COLUMNS_FOR_WORDS = 5000


def read_own_table(path: Path, choices: Choices, name: str, title: str) -> tuple[Understanding, Examples]:
    """Read and understand the table at ``path``. Raises :class:`BadData` when nothing can be learnt from it."""
    text = read_table(path, choices)
    columns = {cells.name: column_of(cells, decimal_commas=text.has_decimal_commas) for cells in text.columns}
    target = columns.pop(_target_name(list(columns), choices.target))
    apart = set_apart(columns, choices)
    used, left_out = _used(columns, choices)
    classes = _are_classes(target, choices)
    inputs, names = _inputs(used)
    keep = apart.complete(np.isfinite(inputs).all(axis=1) & ~target.words.is_null().to_numpy())
    if not classes:
        keep &= np.isfinite(_target_numbers(target))
    inputs, words = inputs[keep], target.words.filter(pl.Series(keep))
    notes = [*_notes(used, target, len(keep) - len(inputs), classes), *apart.notes]
    groups = apart.groups(keep)
    known = {"name": name, "title": title, "kind": "table", "num_examples": len(inputs), "target_name": target.name}
    known |= {"input_shape": (len(names),), "feature_names": names, **apart.facts}
    if not len(inputs):
        raise BadData(Message("No row is complete. Fill in the missing cells, or leave columns out."))
    if classes:
        class_names, counts, targets = _class_numbers(words, target)
        facts = DatasetFacts.model_validate(known | {"task": "classification", "class_names": class_names})
    else:
        counts, targets = (), _target_numbers(target)[keep]
        facts = DatasetFacts.model_validate(known | {"task": "regression"})
    understood = Understanding(
        text.layout,
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
        columns=tuple(text.columns.columns),
        samples=samples_of(inputs, targets, facts),
        notes=notes,
        left_out=left_out,
    )
    return understood, Examples(inputs, targets, facts, groups, apart.times(keep))


def _target_name(names: list[str], chosen: str | None) -> str:
    if chosen is not None:
        if chosen not in names:
            shown = ", ".join(names[:20])
            raise BadData(Message("{given} given as target; accepted: {names}.", given=repr(chosen), names=shown))
        return chosen
    return next((name for name in names if name.strip().lower() in TARGETS), names[-1])


def _used(columns: dict[str, Column], choices: Choices) -> tuple[list[Column], list[LeftOut]]:
    used, left_out = [], []
    for name, column in columns.items():
        if name in choices.drop:
            left_out.append(LeftOut(name, Message("You left it out.")))
        elif column.kind in WHY_NOT:
            left_out.append(LeftOut(name, WHY_NOT[column.kind]))
        else:
            used.append(column)
    if not used:
        raise BadData(Message("No column is left to predict from. Choose another target, or leave fewer columns out."))
    return used, left_out


def _are_classes(target: Column, choices: Choices) -> bool:
    if choices.task != "auto":
        return choices.task == "classification"
    if target.numbers is None:
        return True
    present = target.numbers[np.isfinite(target.numbers)]
    return bool(np.all(present == np.rint(present))) and len(np.unique(present)) <= MOST_CLASSES_OF_NUMBERS


def _inputs(used: list[Column]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The columns as numbers, NaN where missing; words become one column of 0 and 1 for each of them."""
    parts: list[np.ndarray] = []
    names: list[str] = []
    for column in used:
        if column.numbers is not None:
            parts.append(column.numbers)
            names.append(column.name)
            continue
        missing = column.words.is_null().to_numpy()
        for word in sorted(column.words.drop_nulls().unique().to_list()):
            parts.append(np.where(missing, np.nan, (column.words == word).fill_null(False).to_numpy()))
            names.append(f"{column.name}={word}")
    if len(names) > MOST_COLUMNS_FOR_WORDS:
        raise BadData(
            Message(
                "The columns become {count:,} numbers; accepted: at most {most:,}. Leave some out.",
                count=len(names),
                most=MOST_COLUMNS_FOR_WORDS,
            )
        )
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite, and its row is left out
        return np.stack(parts, axis=1).astype(np.float32), tuple(names)


def _class_numbers(words: pl.Series, target: Column) -> tuple[tuple[str, ...], tuple[int, ...], np.ndarray]:
    """Class names, in the order of numbers or of the alphabet, their counts, and the number of each row's class."""
    values = words.unique().to_list()
    in_order = (
        sorted(values, key=lambda word: (float(word.replace(",", ".")), word))
        if _all_numbers(target)
        else sorted(values)
    )
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
    with np.errstate(over="ignore"):
        return target.numbers.astype(np.float32)


def _notes(used: list[Column], target: Column, num_dropped: int, classes: bool) -> list[Message]:
    notes = []
    if num_dropped:
        notes.append(
            Message(
                "{count:,} row has missing cells and is left out.",
                plural="{count:,} rows have missing cells and are left out.",
                count=num_dropped,
            )
        )
    if classes and _all_numbers(target):
        notes.append(Message("{column} holds few whole numbers, which are taken as classes.", column=target.name))
    copies = [column.name for column in used if column.words.equals(target.words, null_equal=True)]
    notes += [Message("{column} is a copy of the target. Leave it out.", column=name) for name in copies]
    return notes
