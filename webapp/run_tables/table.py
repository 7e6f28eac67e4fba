"""The table of runs: one page of rows with the columns that people compare them by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Max, Min
from django.http import QueryDict

from trainer.messages.message import Message
from trainer.spec.metrics import label_of
from webapp.experiments.examples import is_example
from webapp.experiments.models import Experiment
from webapp.jobs.models import JobState
from webapp.run_tables import columns
from webapp.run_tables.columns import Cell, Column
from webapp.run_tables.filters import Listing
from webapp.runs.models import Run
from webapp.spec_ui.differences import Leaf, leaves
from webapp.spec_ui.schema import FieldPath, Words

PAGE_SIZE = 50
MAX_DIFFERENCES = 4
MAX_DIFFERENCES_OF_ALL = 3
HEADINGS = (
    ("name", Message("Run"), ""),
    ("state", Message("State"), ""),
    ("epochs", Message("Epochs"), "num"),
    ("best", Message("Best"), "num"),
    ("last", Message("Last"), "num"),
    ("best_epoch", Message("Best at"), "num"),
)
LATER_HEADINGS = (
    ("duration", Message("Duration"), "num"),
    ("person", Message("By"), ""),
    ("", Message("Tags"), ""),
    ("created", Message("Launched"), ""),
)


@dataclass(frozen=True)
class Heading:
    """The heading of a column; ``url`` sorts by it, and ``order`` is "ascending" or "descending" if it does."""

    label: Words
    css: str = ""
    url: str = ""
    order: str = ""
    title: Words = ""


@dataclass(frozen=True)
class RunRow:
    """One run as shown in the table."""

    run: Run
    epochs: int
    best: Any
    last: Any
    best_epoch: int | None
    metric: Message
    is_best: bool
    cells: list[Cell]
    duration: timedelta | None
    selected: bool

    @property
    def percent(self) -> int:
        fraction = self.run.progress.get("fraction") if self.run.state == JobState.RUNNING else None
        done = fraction if isinstance(fraction, int | float) else self.run.epochs_done / max(self.epochs, 1)
        return min(round(100 * done), 100)


@dataclass(frozen=True)
class RunTable:
    """One page of the list. ``experiment`` is None for the list of all runs of the team."""

    rows: list[RunRow]
    headings: list[Heading]
    # Every column that can be chosen, and whether it is shown.
    offered: list[tuple[Column, bool]]
    # The columns that the address names, and the address without them.
    chosen_keys: list[str]
    automatic_url: str
    # Filters on single settings: label, value, address without it.
    conditions: list[tuple[Words, str, str]]
    # Parameters that the form for choosing columns must keep.
    other_parameters: list[tuple[str, str]]
    page: Page[uuid.UUID]
    listing: Listing
    url: str
    previous_url: str
    next_url: str
    experiment: Experiment | None

    @property
    def is_live(self) -> bool:
        return any(not row.run.is_finished for row in self.rows)

    @property
    def is_of_example(self) -> bool:
        return self.experiment is not None and is_example(self.experiment)


def table_of(listing: Listing, parameters: QueryDict, experiment: Experiment | None) -> RunTable:
    """Return the page of the list that ``parameters`` request."""
    page = Paginator(listing.runs.values_list("id", flat=True), PAGE_SIZE).get_page(parameters.get("page"))
    runs = _runs_of(page, listing)
    specs = {run.id: leaves(run.current_spec) for run in runs}
    offered = columns.offered(runs, specs.values())
    most = MAX_DIFFERENCES if experiment else MAX_DIFFERENCES_OF_ALL
    chosen = columns.chosen(parameters, offered)
    shown = columns.differing(list(specs.values()), most) if chosen is None else chosen
    best = best_of(experiment)
    selected = set(parameters.getlist("runs"))
    rows = [_row(run, specs[run.id], shown, best, str(run.id) in selected) for run in runs]
    return RunTable(
        rows=rows,
        headings=_headings(listing, parameters, shown, experiment),
        offered=[(column, column in shown) for column in offered],
        chosen_keys=[column.key for column in shown] if chosen is not None else [],
        automatic_url=_url(parameters, columns="", page=None),
        conditions=_conditions(listing, parameters, offered),
        other_parameters=_others(parameters),
        page=page,
        listing=listing,
        url=_url(parameters),
        previous_url=_url(parameters, page=page.previous_page_number()) if page.has_previous() else "",
        next_url=_url(parameters, page=page.next_page_number()) if page.has_next() else "",
        experiment=experiment,
    )


def _runs_of(page: Page[uuid.UUID], listing: Listing) -> list[Run]:
    """The runs of one page. Only ids are sorted and sliced: a row with its spec is wide, and there are thousands."""
    ids = list(page)
    found = listing.runs.order_by().in_bulk(ids)
    return [found[id] for id in ids if id in found]


def best_of(experiment: Experiment | None) -> float | None:
    """The best value of the experiment's metric over all its runs."""
    if experiment is None:
        return None
    best = Max("best_value") if experiment.metric_mode == "max" else Min("best_value")
    found: float | None = experiment.runs.filter(deleted_at=None).aggregate(best=best)["best"]
    return found


def _row(run: Run, spec: dict[FieldPath, Leaf], shown: list[Column], best: float | None, selected: bool) -> RunRow:
    metric = run.experiment.metric
    summary = run.summary.get(metric, {})
    by_key = {columns.key_of(path): leaf for path, leaf in spec.items()}
    return RunRow(
        run=run,
        epochs=run.planned_epochs,
        best=run.best_value,
        last=summary.get("last"),
        best_epoch=summary.get("best_epoch"),
        metric=label_of(metric),
        is_best=best is not None and run.best_value == best,
        cells=[columns.cell(run, by_key, column) for column in shown],
        duration=run.duration,
        selected=selected,
    )


def _headings(
    listing: Listing, parameters: QueryDict, shown: list[Column], experiment: Experiment | None
) -> list[Heading]:
    found = [_heading(listing, parameters, *about) for about in HEADINGS]
    if experiment is None:
        found.insert(2, _heading(listing, parameters, "experiment", Message("Experiment"), ""))
    found += [
        _heading(listing, parameters, column.key, column.short, column.css, title=column.label) for column in shown
    ]
    return found + [_heading(listing, parameters, *about) for about in LATER_HEADINGS]


def _heading(
    listing: Listing, parameters: QueryDict, sort: str, label: Words, css: str, *, title: Words = ""
) -> Heading:
    if not listing.can_sort_by(sort):
        return Heading(label, css, title=title)
    order = {sort: "ascending", f"-{sort}": "descending"}.get(listing.sort, "")
    # Numbers and times are sorted from the largest first; a second click reverses the order.
    first, second = (f"-{sort}", sort) if css == "num" or sort == "created" else (sort, f"-{sort}")
    url = _url(parameters, sort=second if listing.sort == first else first, page=None)
    return Heading(label, css, url, order, title)


def _conditions(listing: Listing, parameters: QueryDict, offered: list[Column]) -> list[tuple[Words, str, str]]:
    labels: dict[str, Words] = {column.key: column.label for column in offered}
    found: list[tuple[Words, str, str]] = []
    for key, text in listing.settings:
        rest = parameters.copy()
        rest.setlist("where", [one for one in parameters.getlist("where") if one != f"{key}:{text}"])
        found.append((labels.get(key, key.partition(".")[2]), text, _url(rest, page=None)))
    return found


def _others(parameters: QueryDict) -> list[tuple[str, str]]:
    left_out = (columns.PARAMETER, "runs", "page")
    return [(name, value) for name, values in parameters.lists() if name not in left_out for value in values]


def _url(parameters: QueryDict, **changes: Any) -> str:
    """The query string with ``changes``; without the selected runs, which are not part of the list's address."""
    copy = parameters.copy()
    copy.pop("runs", None)
    for name, value in changes.items():
        copy.pop(name, None)
        if value is not None:
            copy[name] = str(value)
    return f"?{copy.urlencode()}"
