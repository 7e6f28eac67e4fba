"""Examples of a dataset as API clients get them."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.images import shown_label, shown_row
from trainer.errors import Problem, SpecError
from trainer.messages.message import NOTHING, Message
from webapp.api.paging import PageOf
from webapp.api.schemas.versions import ExampleQuery
from webapp.checkpoints.models import Evaluation
from webapp.datasets.examples.filters import Filters
from webapp.datasets.examples.selection import Selection, findings_of, select, split_of
from webapp.datasets.models import Dataset
from webapp.datasets.versions import left_out_of
from webapp.storage.datasets.examples import inputs_of, need_prepared, targets_of


def examples_of(dataset: Dataset, where: ExampleQuery, page: PageOf, evaluation: Evaluation | None) -> dict[str, Any]:
    """One page of the examples that fit ``where``.

    Raises :class:`SpecError` for a class or a finding that it has not,
    :class:`webapp.storage.datasets.examples.NotStored`, and :class:`webapp.storage.bucket.StoreUnavailable`.
    """
    need_prepared(dataset)
    _refuse_unknown(dataset, where)
    targets = targets_of(dataset.content_hash)
    selection = select(dataset, targets, _filters(where), (), evaluation.result if evaluation else None)
    start = (page.page - 1) * page.page_size
    shown = selection.indices[start : start + page.page_size].tolist()
    return {"items": _rows(dataset, targets, selection, shown), "count": len(selection.indices)}


def _refuse_unknown(dataset: Dataset, where: ExampleQuery) -> None:
    names = dataset.facts.class_names
    accepted = {
        "class_name": names,
        "true": names,
        "predicted": names,
        "finding": tuple(findings_of(dataset)),
    }
    problems = [
        Problem(
            (field,),
            Message("{given} given; accepted: {choices}.", given=repr(given), choices=", ".join(choices) or "none"),
        )
        for field, choices in accepted.items()
        if (given := getattr(where, field)) and given not in choices
    ]
    if problems:
        raise SpecError(problems)


def _filters(where: ExampleQuery) -> Filters:
    same = where.model_dump(include={"class_name", "finding", "answers", "true", "predicted"})
    return Filters(**same, split=where.split or "")


def _rows(dataset: Dataset, targets: np.ndarray, selection: Selection, shown: list[int]) -> list[dict[str, Any]]:
    facts, left_out = dataset.facts, left_out_of(dataset)
    is_table = facts.kind == "table"
    values = inputs_of(dataset.content_hash, shown) if is_table else [None] * len(shown)
    return [
        {
            "index": index,
            "split": split_of(index, facts),
            "label": _label(targets[index], facts),
            "left_out": index in left_out,
            "values": None if row is None else shown_row(row, facts),
            "note": selection.notes.get(index, NOTHING),
        }
        for index, row in zip(shown, values, strict=True)
    ]


def _label(target: Any, facts: DatasetFacts) -> str | float | list[str]:
    if facts.task == "multilabel":
        return [name for name, is_there in zip(facts.class_names, target, strict=True) if is_there]
    return shown_label(target, facts)
