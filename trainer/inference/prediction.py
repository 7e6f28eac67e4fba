"""Predicting one example with a checkpoint: a picture or a row of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainer.checkpoints.loading import load_model
from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.images import shown_example, tidy
from trainer.errors import BadData
from trainer.inference.evaluation import predict_all
from trainer.inference.photo_input import prepare_picture
from trainer.measures.measuring import probabilities_of
from trainer.measures.multilabel import given
from trainer.messages.message import Message
from trainer.spec import Spec

NUM_CLASSES_SHOWN, MOST_LABELS_SHOWN = 5, 100
MOST_NAMED = 20
LARGEST = float(np.finfo(np.float32).max)
# A number, the name of a category, or nothing.
Cell = float | str | None


def predict(
    spec: Spec, facts: DatasetFacts, checkpoint: Path, picture: Path | None, row: Sequence[Cell] | None
) -> dict[str, Any]:
    """Predict the picture at a path, or a row with one cell for each column, with the network of ``checkpoint``.

    ``facts`` are those of the data that it learned from. A cell is a number or the name of a category; ``None`` where
    one is missing, in a column that the data has without it in some rows as well.

    Returns JSON values: ``classes`` (the most probable five, ``name`` and ``probability``), ``labels`` (the same of
    several labels, and all others that are given, with ``is_given``), or ``value`` and ``target_name``; ``prepared``
    (``image`` or ``row``: the actual input); ``notes`` on how it was prepared, messages as :meth:`Message.from_json`
    reads them.
    Raises :class:`BadData`, a ``ValueError``, with a sentence for people.
    """
    example, notes = _example(facts, picture, row)
    outputs = predict_all(load_model(checkpoint), example[None], np.array([0]), lambda fraction, message: None)
    answer = _answer(probabilities_of(outputs, spec, facts)[0], facts)
    return answer | {"prepared": shown_example(example, facts), "notes": [note.to_json() for note in notes]}


def _example(
    facts: DatasetFacts, picture: Path | None, row: Sequence[Cell] | None
) -> tuple[np.ndarray, tuple[Message, ...]]:
    title = facts.shown_title
    if facts.kind == "image":
        if picture is None:
            raise BadData(Message("{title} has images, but no picture was given. Choose one.", title=title))
        prepared = prepare_picture(picture, facts)
        return prepared.pixels, prepared.notes
    if row is None:
        raise BadData(Message("{title} is a table, but no row was given. Give one value for each column.", title=title))
    return _checked_row(facts, row), ()


def _checked_row(facts: DatasetFacts, row: Sequence[Cell]) -> np.ndarray:
    """The row as prepared data has it, float32; raises :class:`BadData` naming the column that is wrong."""
    names = facts.feature_names
    if len(row) != len(names):
        raise BadData(
            Message(
                "{count} value given; accepted: {expected}, one for each of {names}.",
                plural="{count} values given; accepted: {expected}, one for each of {names}.",
                count=len(row),
                expected=len(names),
                names=", ".join(names),
            )
        )
    cells = [_number_of(cell, column) for cell, column in zip(row, facts.every_column, strict=True)]
    return np.array(cells, np.float32)


def _number_of(cell: Cell, column: ColumnFacts) -> float:
    if cell is None and column.has_missing:
        return math.nan
    if column.categories:
        return float(_category_of(cell, column))
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise BadData(
            Message("{column}: {given} given; accepted: a number. Correct it.", column=column.name, given=repr(cell))
        )
    if not math.isfinite(cell) or abs(cell) > LARGEST:
        raise BadData(
            Message(
                "{column}: {given} given; accepted: a finite number of at most {most:.3g}. Correct it.",
                column=column.name,
                given=str(cell),
                most=LARGEST,
            )
        )
    return cell


def _category_of(cell: Cell, column: ColumnFacts) -> int:
    if cell not in column.categories:
        raise BadData(
            Message(
                "{column}: {given} given; accepted: {categories}. Correct it.",
                column=column.name,
                given=repr(cell),
                categories=", ".join(column.categories[:MOST_NAMED]),
            )
        )
    return column.categories.index(cell)


def _answer(output: np.ndarray, facts: DatasetFacts) -> dict[str, Any]:
    if facts.task == "regression":
        return {"value": tidy(output[0]), "target_name": facts.target_name}
    order = np.argsort(-output, kind="stable")
    named = [{"name": facts.class_names[at], "probability": float(output[at])} for at in order]
    if facts.task == "classification":
        return {"classes": named[:NUM_CLASSES_SHOWN]}
    is_given = given(output[order]).tolist()
    most = min(max(NUM_CLASSES_SHOWN, sum(is_given)), MOST_LABELS_SHOWN)
    return {"labels": [each | {"is_given": there} for each, there in zip(named, is_given, strict=True)][:most]}
