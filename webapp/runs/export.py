"""Runs as CSV: what they are, what they reached, and every field of their specs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from webapp.runs.differences import Leaf, leaves
from webapp.runs.models import Run
from webapp.runs.specform.schema import Path

HEAD = ("experiment", "run", "id", "state", "by", "tags", "launched", "seconds", "epochs done", "metric", "best",
        "best epoch", "last")  # fmt: skip
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives back what is written, so that rows are sent as they are made."""

    def write(self, line: str) -> str:
        return line


def csv_of(runs: QuerySet[Run], name: str) -> StreamingHttpResponse:
    """A download named ``name`` with one row a run."""
    response = StreamingHttpResponse(_lines(runs), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(runs: QuerySet[Run]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    columns = _columns(runs)
    yield writer.writerow([*HEAD, *(column.label for column in columns)])
    for run in runs.iterator(chunk_size=500):
        spec = leaves(run.current_spec)
        values = [spec[column.path].value if column.path in spec else "" for column in columns]
        yield writer.writerow([safe(value) for value in (*_facts(run), *values)])


def _columns(runs: QuerySet[Run]) -> list[Leaf]:
    """Every field that any of the runs has."""
    found: dict[Path, Leaf] = {}
    for run in runs.only("spec").select_related(None).iterator(chunk_size=500):
        found = leaves(run.current_spec) | found
    return list(found.values())


def _facts(run: Run) -> tuple[Any, ...]:
    metric = run.experiment.metric
    summary, duration = run.summary.get(metric, {}), run.duration
    about = (run.experiment.name, run.name, run.id, run.state, run.created_by or "", ", ".join(run.tags))
    times = (run.created_at.isoformat(), duration.total_seconds() if duration else "")
    reached = (summary.get("best", ""), summary.get("best_epoch", ""), summary.get("last", ""))
    return (*about, *times, run.epochs_done, metric, *reached)


def safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
