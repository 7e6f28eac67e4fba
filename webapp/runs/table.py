"""The table of runs: one page of rows with what people compare them by."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Max, Min
from django.http import QueryDict

from trainer.spec.metrics import label_of
from webapp.experiments.models import Experiment
from webapp.runs.differences import Leaf, leaves
from webapp.runs.listing import Listing
from webapp.runs.models import Run
from webapp.runs.specform.schema import Path
from webapp.workers.models import JobState

PAGE_SIZE = 50
MAX_DIFFERENCES = 4
MAX_DIFFERENCES_OF_ALL = 3
# What other columns show already: the epochs, and the dataset, which is the experiment's.
SHOWN_ELSEWHERE = {("fit", "epochs"), ("dataset", "name")}
ACTIVE = (JobState.QUEUED, JobState.RUNNING)
HEADINGS = (
    ("name", "Run", ""),
    ("state", "State", ""),
    ("epochs", "Epochs", "num"),
    ("best", "Best", "num"),
    ("", "Last", "num"),
    ("", "Best at", "num"),
)
LATER_HEADINGS = (("duration", "Duration", "num"), ("person", "By", ""), ("", "Tags", ""), ("created", "Launched", ""))


@dataclass(frozen=True)
class Heading:
    """The head of a column; ``url`` sorts by it, and ``order`` is "ascending" or "descending" when it does."""

    label: str
    css: str = ""
    url: str = ""
    order: str = ""
    title: str = ""


@dataclass(frozen=True)
class RunRow:
    """One run as the table shows it."""

    run: Run
    epochs: int
    best: Any
    last: Any
    best_epoch: int | None
    metric: str
    is_best: bool
    # Value, class and label of each column that tells the runs apart.
    differing: list[tuple[str, str, str]]
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
    page: Page[uuid.UUID]
    listing: Listing
    url: str
    previous_url: str
    next_url: str
    experiment: Experiment | None

    @property
    def is_live(self) -> bool:
        return any(row.run.state in ACTIVE for row in self.rows)


def table_of(listing: Listing, parameters: QueryDict, experiment: Experiment | None) -> RunTable:
    """The page of the list that ``parameters`` ask for."""
    page = Paginator(listing.runs.values_list("id", flat=True), PAGE_SIZE).get_page(parameters.get("page"))
    runs = _runs_of(page, listing)
    specs = {run.id: leaves(run.current_spec) for run in runs}
    columns = differing_columns(specs.values(), MAX_DIFFERENCES if experiment else MAX_DIFFERENCES_OF_ALL)
    best = best_of(experiment)
    selected = set(parameters.getlist("runs"))
    rows = [_row(run, specs[run.id], columns, best, str(run.id) in selected) for run in runs]
    return RunTable(
        rows=rows,
        headings=_headings(listing, parameters, columns, experiment),
        page=page,
        listing=listing,
        url=_url(parameters),
        previous_url=_url(parameters, page=page.previous_page_number()) if page.has_previous() else "",
        next_url=_url(parameters, page=page.next_page_number()) if page.has_next() else "",
        experiment=experiment,
    )


def _runs_of(page: Page[uuid.UUID], listing: Listing) -> list[Run]:
    """The runs of one page. Only ids are sorted and cut: a row with its spec is wide, and there are thousands."""
    ids = list(page)
    found = listing.runs.order_by().in_bulk(ids)
    return [found[id] for id in ids if id in found]


def differing_columns(specs: Iterable[dict[Path, Leaf]], most: int = MAX_DIFFERENCES) -> list[Leaf]:
    """The fields that tell the runs apart, those with the fewest values first: they are chosen, not drawn.

    Seeds and other fields with a value of their own in every run come last.
    """
    values: dict[Path, set[str]] = {}
    heads: dict[Path, Leaf] = {}
    all_specs = list(specs)
    for spec in all_specs:
        for path, leaf in spec.items():
            values.setdefault(path, set()).add(leaf.text)
            heads.setdefault(path, leaf)
    for path in SHOWN_ELSEWHERE & heads.keys():
        del heads[path]
    missing = {path for path in heads if any(path not in spec for spec in all_specs)}
    differing = [path for path in heads if len(values[path]) > 1 or path in missing]
    differing.sort(key=lambda path: (path in missing, len(values[path])))
    return [heads[path] for path in differing[:most]]


def best_of(experiment: Experiment | None) -> float | None:
    """The best value of the experiment's metric over all its runs."""
    if experiment is None:
        return None
    best = Max("best_value") if experiment.metric_mode == "max" else Min("best_value")
    found: float | None = experiment.runs.filter(deleted_at=None).aggregate(best=best)["best"]
    return found


def _row(run: Run, spec: dict[Path, Leaf], columns: list[Leaf], best: float | None, selected: bool) -> RunRow:
    metric = run.experiment.metric
    summary = run.summary.get(metric, {})
    return RunRow(
        run=run,
        epochs=run.planned_epochs,
        best=run.best_value,
        last=summary.get("last"),
        best_epoch=summary.get("best_epoch"),
        metric=label_of(metric),
        is_best=best is not None and run.best_value == best,
        differing=[
            (spec[column.path].bare if column.path in spec else "", _css(column), column.short) for column in columns
        ],
        duration=run.duration,
        selected=selected,
    )


def _headings(
    listing: Listing, parameters: QueryDict, columns: list[Leaf], experiment: Experiment | None
) -> list[Heading]:
    found = [_heading(listing, parameters, *about) for about in HEADINGS]
    if experiment is None:
        found.insert(2, _heading(listing, parameters, "experiment", "Experiment", ""))
    found += [Heading(column.short, _css(column), title=column.label) for column in columns]
    return found + [_heading(listing, parameters, *about) for about in LATER_HEADINGS]


def _css(leaf: Leaf) -> str:
    return "num" if isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool) else ""


def _heading(listing: Listing, parameters: QueryDict, sort: str, label: str, css: str) -> Heading:
    if not sort:
        return Heading(label, css)
    order = {sort: "ascending", f"-{sort}": "descending"}.get(listing.sort, "")
    # Numbers and times are of interest from the large end; a second click turns the order round.
    first, second = (f"-{sort}", sort) if css == "num" or sort == "created" else (sort, f"-{sort}")
    return Heading(label, css, _url(parameters, sort=second if listing.sort == first else first, page=None), order)


def _url(parameters: QueryDict, **changes: Any) -> str:
    """The query string with ``changes``; without the ticked runs, which are no part of the list's address."""
    copy = parameters.copy()
    copy.pop("runs", None)
    for name, value in changes.items():
        copy.pop(name, None)
        if value is not None:
            copy[name] = str(value)
    return f"?{copy.urlencode()}"
