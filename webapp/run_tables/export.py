"""Runs as CSV: their facts, their results, and every field of their specs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.text import slugify

from trainer.messages.message import Message
from webapp.http.streaming import in_parts, stream
from webapp.runs.models import Run
from webapp.spec_ui.differences import Leaf, leaves
from webapp.spec_ui.schema import FieldPath

HEAD = (
    Message("experiment"),
    Message("run"),
    Message("id"),
    Message("state"),
    Message("by"),
    Message("tags"),
    Message("launched"),
    Message("seconds"),
    Message("epochs done"),
    Message("metric"),
    Message("best"),
    Message("best epoch"),
    Message("last"),
)
# Without it spreadsheet programs take UTF-8 for another encoding.
BYTE_ORDER_MARK = "\ufeff"
ROWS_AT_ONCE = 250
# A spreadsheet treats a cell that begins with one of these as a formula. If it splits at semicolons or tabs and ignores
# quotation marks, a cell may begin in the middle of ours.
FORMULA = re.compile(r"^(?=[=+\-@\t\r\n])|(?<=[;\t\r\n])(?=[=+\-@])")
NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')


class _Echo:
    """A file whose ``write`` returns the line, so that rows are sent as they are made."""

    def write(self, line: str) -> str:
        return line


def csv_of(request: HttpRequest, runs: QuerySet[Run], name: str) -> StreamingHttpResponse:
    """Return a download with one row for each run, named after ``name`` and the day."""
    response = stream(request, in_parts(_lines(runs, translation.get_language())), "text/csv; charset=utf-8")
    response["Content-Disposition"] = _disposition(name, timezone.localdate().isoformat())
    return response


def _disposition(name: str, day: str) -> str:
    """The header with the full name for browsers that support RFC 6266, and an ASCII name for others."""
    ascii_name = f"{slugify(name) or 'runs'}-{day}.csv"
    full_name = f"{NOT_IN_FILE_NAMES.sub('-', name)} {day}.csv"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(full_name, safe='')}"


def _lines(runs: QuerySet[Run], language: str | None) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    columns = _columns(runs)
    # A stream is read when the language of its request is no longer active.
    with translation.override(language):
        head = [str(heading) for heading in (*HEAD, *(column.label for column in columns))]
    yield BYTE_ORDER_MARK + writer.writerow(head)
    for run in _read(runs):
        spec = leaves(run.current_spec)
        values = [spec[column.path].value if column.path in spec else "" for column in columns]
        yield writer.writerow([safe(value) for value in (*_facts(run), *values)])


def _read(runs: QuerySet[Run]) -> Iterator[Run]:
    """The runs in order, without a cursor open while a slow browser reads; runs deleted by then are left out."""
    ids = list(runs.values_list("id", flat=True))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        found = runs.order_by().in_bulk(ids[start : start + ROWS_AT_ONCE])
        yield from (found[id] for id in ids[start : start + ROWS_AT_ONCE] if id in found)


def _columns(runs: QuerySet[Run]) -> list[Leaf]:
    """Every field that any of the runs has."""
    found: dict[FieldPath, Leaf] = {}
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
    return FORMULA.sub("'", text)
