"""The experiments of a team, each with the states and results of its runs."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Count, F, Func, Max, Min, Q, QuerySet, When
from django.db.models.functions import Coalesce

from webapp.experiments.models import Experiment
from webapp.jobs.models import JobState
from webapp.language.sorting import by_name

SORTS: dict[str, F | Func] = {
    "name": by_name("name"),
    "dataset": F("dataset__name"),
    "runs": F("num_runs"),
    "activity": F("last_activity"),
    "created": F("created_at"),
}
LATEST = "-activity"
KEPT = Q(runs__deleted_at=None)


def with_standing(experiments: QuerySet[Experiment]) -> QuerySet[Experiment]:
    """Annotate the number of runs, in total and by state, the best value of the metric, and the last activity."""
    states = {f"num_{state.value}": Count("runs", filter=KEPT & Q(runs__state=state)) for state in JobState}
    best: Any = Case(
        When(metric_mode="max", then=Max("runs__best_value", filter=KEPT)),
        default=Min("runs__best_value", filter=KEPT),
    )
    moment = Coalesce("runs__finished_at", "runs__started_at", "runs__created_at")
    activity = Coalesce(Max(moment, filter=KEPT), F("created_at"))
    return experiments.annotate(num_runs=Count("runs", filter=KEPT), best=best, last_activity=activity, **states)


def narrowed(experiments: QuerySet[Experiment], *, text: str, dataset: str, archived: bool) -> QuerySet[Experiment]:
    """Those whose name or question has every word of ``text``; archived ones, or those in use."""
    experiments = experiments.filter(archived_at__isnull=not archived)
    if dataset:
        experiments = experiments.filter(dataset__name=dataset)
    for word in text.split():
        experiments = experiments.filter(Q(name__icontains=word) | Q(question__icontains=word))
    return experiments


def in_order(experiments: QuerySet[Experiment], sort: str) -> QuerySet[Experiment]:
    """Sort by ``sort``; an invalid value means the latest activity first."""
    if sort.removeprefix("-") not in SORTS:
        sort = LATEST
    column = SORTS[sort.removeprefix("-")]
    return experiments.order_by(column.desc() if sort.startswith("-") else column.asc(), by_name("name"))
