"""Which runs a list shows, and in which order: filters and sorting as the address of the page says."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from webapp.runs.forms import RunFilters
from webapp.runs.models import Run
from webapp.teams.models import Team, User

NEWEST = "-created"
# What can be sorted by, and the columns that stand for it.
SORTS = {
    "name": "name",
    "experiment": "experiment__name",
    "state": "state",
    "epochs": "epochs_done",
    "best": "best_value",
    "duration": "worked_before",
    "person": "created_by__name",
    "created": "created_at",
}


@dataclass(frozen=True)
class Listing:
    """The runs that match, in order, and the filters that made them so."""

    runs: QuerySet[Run]
    filters: RunFilters
    sort: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters.chosen)


def listing_of(runs: QuerySet[Run], parameters: QueryDict, team: Team) -> Listing:
    """Narrow and sort ``runs`` as ``parameters`` say; values that make no sense are ignored."""
    filters = RunFilters(parameters, people=_people(team), tags=tags_of(runs))
    sort = parameters.get("sort", NEWEST)
    sort = sort if sort.removeprefix("-") in SORTS else NEWEST
    return Listing(_sorted(_narrowed(runs, filters.chosen), sort), filters, sort)


def tags_of(runs: QuerySet[Run]) -> list[str]:
    """All tags of ``runs``, in alphabetical order."""
    rows = runs.exclude(tags=[]).order_by().values_list("tags", flat=True)
    return sorted({tag for tags in rows for tag in tags if isinstance(tag, str)})


def _people(team: Team) -> list[tuple[str, str]]:
    people = User.objects.filter(memberships__team=team).order_by("name", "email")
    return [(str(person.pk), str(person)) for person in people]


def _narrowed(runs: QuerySet[Run], chosen: dict[str, str]) -> QuerySet[Run]:
    if state := chosen.get("state"):
        runs = runs.filter(state=state)
    if person := chosen.get("person"):
        runs = runs.filter(created_by=int(person))
    if tag := chosen.get("tag"):
        runs = _tagged(runs, tag)
    for word in chosen.get("q", "").split():
        runs = runs.filter(Q(name__icontains=word) | Q(notes__icontains=word) | Q(experiment__name__icontains=word))
    return runs


def _tagged(runs: QuerySet[Run], tag: str) -> QuerySet[Run]:
    """SQLite cannot ask a JSON list what it contains; its text can be asked on both databases.

    SQLite keeps JSON as Python wrote it, with escapes; PostgreSQL gives letters as they are.
    """
    texts = {json.dumps(tag), json.dumps(tag, ensure_ascii=False)}
    match = Q()
    for text in texts:
        match |= Q(tags_text__contains=text)
    return runs.annotate(tags_text=Cast("tags", TextField())).filter(match)


def _sorted(runs: QuerySet[Run], sort: str) -> QuerySet[Run]:
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    column = F(SORTS[name])
    first = column.desc(nulls_last=True) if falling else column.asc(nulls_last=True)
    return runs.order_by(first, "-created_at", "id")
