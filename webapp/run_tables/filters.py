"""Which runs a list shows, and in which order: filters and sorting from the query string of the page."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast
from django.http import QueryDict

from webapp.language.sorting import by_name, name_key
from webapp.run_tables.columns import KEY
from webapp.run_tables.filter_form import RunFilters
from webapp.runs.models import Run
from webapp.teams.models import Team, User

NEWEST = "-created"
# Sort keys, and what they sort by in the database.
SORTS: dict[str, F | Func] = {
    "name": by_name("name"),
    "experiment": by_name("experiment__name"),
    "state": F("state"),
    "epochs": F("epochs_done"),
    "best": F("best_value"),
    "duration": F("worked_before"),
    "person": by_name("created_by__name"),
    "created": F("created_at"),
}
# Sort keys in the summary of the metric that all runs of a list are judged by.
OF_METRIC = ("last", "best_epoch")


@dataclass(frozen=True)
class Listing:
    """The matching runs, in order, with the filters and the sorting that were applied.

    ``metric`` is the one that all of them are judged by, "" if they belong to several experiments. ``settings`` are
    the conditions on single settings: (key of the column, value as text).
    """

    runs: QuerySet[Run]
    filters: RunFilters
    sort: str
    metric: str = ""
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters.chosen or self.settings)

    def can_sort_by(self, name: str) -> bool:
        return _column_of(name, self.metric) is not None


def listing_of(runs: QuerySet[Run], parameters: QueryDict, team: Team, metric: str = "") -> Listing:
    """Filter and sort ``runs`` by ``parameters``; invalid values are ignored.

    ``metric`` is the one that all of ``runs`` are judged by, if there is one.
    """
    filters = RunFilters(parameters, people=_people(team), tags=tags_of(runs))
    settings = tuple(_settings(parameters.getlist("where")))
    sort = parameters.get("sort", NEWEST)
    sort = sort if _column_of(sort.removeprefix("-"), metric) is not None else NEWEST
    found = _with_settings(_narrowed(runs, filters.chosen), settings)
    return Listing(_sorted(found, sort, metric), filters, sort, metric, settings)


def _settings(conditions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Parse conditions such as "spec.optimizer.learning_rate:0.05"; anything else is ignored."""
    for condition in conditions:
        key, _, text = condition.partition(":")
        if KEY.fullmatch(key) and key.startswith("spec.") and text and "\0" not in text:
            yield key, text[:100]


def _with_settings(runs: QuerySet[Run], settings: Iterable[tuple[str, str]]) -> QuerySet[Run]:
    for key, text in settings:
        runs = runs.filter(**{f"{key.replace('.', '__')}__exact": _value(text)})
    return runs


def _value(text: str) -> Any:
    """ "0.05" → 0.05, "True" → True, "relu" → "relu": the value in a spec that the table shows as ``text``."""
    if text in ("True", "False"):
        return text == "True"
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(text) if text.removeprefix("-").isdecimal() else number


def tags_of(runs: QuerySet[Run]) -> list[str]:
    """All tags of ``runs``, in alphabetical order."""
    rows = runs.exclude(tags=[]).order_by().values_list("tags", flat=True)
    return sorted({tag for tags in rows for tag in tags if isinstance(tag, str)}, key=name_key)


def _people(team: Team) -> list[tuple[str, str]]:
    people = User.objects.filter(memberships__team=team).order_by(by_name("name"), "email")
    return [(str(person.pk), str(person)) for person in people]


def _narrowed(runs: QuerySet[Run], chosen: dict[str, Any]) -> QuerySet[Run]:
    if state := chosen.get("state"):
        runs = runs.filter(state=state)
    if person := chosen.get("person"):
        runs = runs.filter(created_by=int(person))
    if tag := chosen.get("tag"):
        runs = _tagged(runs, tag)
    if (least := chosen.get("best_from")) is not None:
        runs = runs.filter(best_value__gte=least)
    if (most := chosen.get("best_to")) is not None:
        runs = runs.filter(best_value__lte=most)
    for word in chosen.get("q", "").split():
        runs = runs.filter(Q(name__icontains=word) | Q(notes__icontains=word) | Q(experiment__name__icontains=word))
    return runs


def _tagged(runs: QuerySet[Run], tag: str) -> QuerySet[Run]:
    """SQLite cannot query the items of a JSON list, but both databases can search its text.

    SQLite stores JSON as Python wrote it, with escapes; PostgreSQL returns characters unescaped.
    """
    texts = {json.dumps(tag), json.dumps(tag, ensure_ascii=False)}
    match = Q()
    for text in texts:
        match |= Q(tags_text__contains=text)
    return runs.annotate(tags_text=Cast("tags", TextField())).filter(match)


def _column_of(name: str, metric: str) -> F | Func | None:
    """The expression to sort by; ``None`` if ``name`` is no sort key."""
    if name in SORTS:
        return SORTS[name]
    if name in OF_METRIC:
        return _at("summary", (metric, name)) if metric else None
    if not KEY.fullmatch(name):
        return None
    kind, *path = name.split(".")
    return _at("spec", path) if kind == "spec" else _at("summary", (".".join(path), "best"))


def _at(column: str, path: Iterable[str]) -> KeyTransform:
    """The value at ``path`` in a JSON column."""
    found: Any = column
    for key in path:
        found = KeyTransform(key, found)
    return found  # type: ignore[no-any-return]


def _sorted(runs: QuerySet[Run], sort: str, metric: str) -> QuerySet[Run]:
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    column = _column_of(name, metric)
    assert column is not None, "listing_of accepts valid sort keys only"
    first = column.desc(nulls_last=True) if falling else column.asc(nulls_last=True)
    return runs.order_by(first, "-created_at", "id")
