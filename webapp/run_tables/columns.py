"""The columns of a run table that people choose: settings, and metrics besides the one that runs are judged by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from trainer.messages.message import Message, joined_by
from trainer.spec.metrics import label_of
from webapp.runs.models import Run
from webapp.spec_ui.differences import SEPARATOR, Leaf
from webapp.spec_ui.schema import FieldPath, Words
from webapp.ui.filters import number

KEY = re.compile(r"(spec|metric)\.[a-z0-9_]+(\.[a-z0-9_]+)*")
MOST = 12
MOST_REMEMBERED = 50
PARAMETER = "columns"
# Already shown by other columns: the epochs, and the dataset, which is the experiment's.
SHOWN_ELSEWHERE = {("fit", "epochs"), ("dataset", "name")}


@dataclass(frozen=True)
class Column:
    """One column: ``key`` is "spec.optimizer.learning_rate" or "metric.val_loss"; it is also what to sort by.

    ``labels`` lead to it, that of its section first.
    """

    key: str
    labels: tuple[Words, ...]
    short: Words
    css: str

    @property
    def label(self) -> Message:
        return joined_by(SEPARATOR, self.labels)

    @property
    def section(self) -> Words:
        return self.labels[0]

    @property
    def label_in_section(self) -> Message:
        return joined_by(SEPARATOR, self.labels[1:]) or self.label


@dataclass(frozen=True)
class Cell:
    """The value of one run in a column; ``where`` filters the list to runs with the same setting."""

    text: Words
    css: str
    label: Words
    where: str = ""


def key_of(path: FieldPath) -> str:
    return ".".join(map(str, ("spec", *path)))


def of_leaf(leaf: Leaf) -> Column:
    is_number = isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool)
    return Column(key_of(leaf.path), leaf.labels, leaf.short, "num" if is_number else "")


def of_metric(name: str) -> Column:
    return Column(f"metric.{name}", (Message("Metrics"), label_of(name)), label_of(name), "num")


def offered(runs: Iterable[Run], specs: Iterable[Mapping[FieldPath, Leaf]]) -> list[Column]:
    """Every column for which these runs have a value: settings in the order of the spec, then metrics."""
    leaves = {path: leaf for spec in specs for path, leaf in spec.items() if path not in SHOWN_ELSEWHERE}
    names = sorted({name for run in runs for name in run.summary if KEY.fullmatch(f"metric.{name}")})
    return [*map(of_leaf, leaves.values()), *map(of_metric, names)]


def differing(specs: Sequence[Mapping[FieldPath, Leaf]], most: int) -> list[Column]:
    """The settings that distinguish the runs, those with the fewest values first: people chose those.

    Seeds and other fields that differ in every run come last.
    """
    values: dict[FieldPath, set[Words]] = {}
    heads: dict[FieldPath, Leaf] = {}
    for spec in specs:
        for path, leaf in spec.items():
            values.setdefault(path, set()).add(leaf.text)
            heads.setdefault(path, leaf)
    for path in SHOWN_ELSEWHERE & heads.keys():
        del heads[path]
    missing = {path for path in heads if any(path not in spec for spec in specs)}
    found = [path for path in heads if len(values[path]) > 1 or path in missing]
    found.sort(key=lambda path: (path in missing, len(values[path])))
    return [of_leaf(heads[path]) for path in found[:most]]


def chosen(parameters: QueryDict, known: Iterable[Column]) -> list[Column] | None:
    """The columns that the address names, at most ``MOST``; ``None`` if the table chooses."""
    keys = [key for value in parameters.getlist(PARAMETER) for key in value.split(",")]
    by_key = {column.key: column for column in known}
    asked = list(dict.fromkeys(key for key in keys if KEY.fullmatch(key)))[:MOST]
    if not asked:
        return None
    return [by_key.get(key) or _unknown(key) for key in asked]


def _unknown(key: str) -> Column:
    """A column for which no run on this page has a value."""
    name = key.partition(".")[2]
    return of_metric(name) if key.startswith("metric.") else Column(key, (name,), name.rpartition(".")[2], "")


def cell(run: Run, spec: Mapping[str, Leaf], column: Column) -> Cell:
    """``spec`` maps the key of a column to the leaf of the run's spec."""
    if column.key.startswith("metric."):
        best = run.summary.get(column.key.removeprefix("metric."), {}).get("best")
        return Cell(number(best), column.css, column.short)
    leaf = spec.get(column.key)
    return Cell(leaf.bare, column.css, column.short, where_of(leaf)) if leaf else Cell("", column.css, column.short)


def where_of(leaf: Leaf) -> str:
    """ "spec.optimizer.learning_rate:0.05", as ``webapp.run_tables.filters`` reads it."""
    return f"{key_of(leaf.path)}:{leaf.value}" if isinstance(leaf.value, str | int | float) else ""


def with_remembered(request: HttpRequest, table: str) -> QueryDict:
    """The query of the request; if it names no columns, with those that the person last chose in ``table``."""
    store: dict[str, Any] = request.session.get("columns", {})
    if PARAMETER in request.GET:
        asked = request.GET.getlist(PARAMETER)
        if store.get(table) != asked:
            kept = dict(list(store.items())[-MOST_REMEMBERED:])
            request.session["columns"] = kept | {table: asked}
        return request.GET
    if not store.get(table):
        return request.GET
    query = request.GET.copy()
    query.setlist(PARAMETER, store[table])
    return query
