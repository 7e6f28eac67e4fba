"""Predicting one example with a checkpoint: a picture or a row of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trainer.checkpoints.loading import load_model
from trainer.data.facts import DatasetFacts
from trainer.data.images import shown_example, tidy
from trainer.errors import BadData
from trainer.inference.evaluation import predict_all
from trainer.inference.photo_input import prepare_picture
from trainer.measures.measuring import probabilities_of
from trainer.messages.message import Message
from trainer.spec import Spec

NUM_CLASSES_SHOWN = 5
LARGEST = float(np.finfo(np.float32).max)


def predict(
    spec: Spec, facts: DatasetFacts, checkpoint: Path, picture: Path | None, row: Sequence[float] | None
) -> dict[str, Any]:
    """Predict the picture at a path, or a row with one number for each column, with the network of ``checkpoint``.

    ``facts`` are those of the data that it learned from.

    Returns JSON values: ``classes`` (the most probable five, ``name`` and ``probability``) or ``value`` and
    ``target_name``; ``prepared`` (``image`` or ``row``: the actual input); ``notes`` on how it was prepared, messages
    as :meth:`Message.from_json` reads them.
    Raises :class:`BadData`, a ``ValueError``, with a sentence for people.
    """
    example, notes = _example(facts, picture, row)
    outputs = predict_all(load_model(checkpoint), example[None], np.array([0]), lambda fraction, message: None)
    answer = _answer(probabilities_of(outputs, spec, facts)[0], facts)
    return answer | {"prepared": shown_example(example, facts), "notes": [note.to_json() for note in notes]}


def _example(
    facts: DatasetFacts, picture: Path | None, row: Sequence[float] | None
) -> tuple[np.ndarray, tuple[Message, ...]]:
    title = facts.shown_title
    if facts.kind == "image":
        if picture is None:
            raise BadData(Message("{title} has images, but no picture was given. Choose one.", title=title))
        prepared = prepare_picture(picture, facts)
        return prepared.pixels, prepared.notes
    if row is None:
        raise BadData(
            Message("{title} is a table, but no row was given. Give one number for each column.", title=title)
        )
    return _checked_row(facts, row), ()


def _checked_row(facts: DatasetFacts, row: Sequence[float]) -> np.ndarray:
    """The row as float32; raises :class:`BadData` naming the column that is wrong."""
    names = facts.feature_names
    if len(row) != len(names):
        raise BadData(
            Message(
                "{count} number given; accepted: {expected}, one for each of {names}.",
                plural="{count} numbers given; accepted: {expected}, one for each of {names}.",
                count=len(row),
                expected=len(names),
                names=", ".join(names),
            )
        )
    for name, value in zip(names, row, strict=True):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadData(
                Message("{column}: {given} given; accepted: a number. Correct it.", column=name, given=repr(value))
            )
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise BadData(
                Message(
                    "{column}: {given} given; accepted: a finite number of at most {most:.3g}. Correct it.",
                    column=name,
                    given=str(value),
                    most=LARGEST,
                )
            )
    return np.array(row, np.float32)


def _answer(output: np.ndarray, facts: DatasetFacts) -> dict[str, Any]:
    if facts.task == "regression":
        return {"value": tidy(output[0]), "target_name": facts.target_name}
    order = np.argsort(-output, kind="stable")[:NUM_CLASSES_SHOWN]
    return {"classes": [{"name": facts.class_names[at], "probability": float(output[at])} for at in order]}
