"""Runs side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from trainer.spec.metrics import family_of, title_of
from webapp.metrics import replay
from webapp.metrics.charts import panels
from webapp.metrics.models import RunEvent
from webapp.pages.comparison.measured import measured
from webapp.pages.comparison.results import cells_of, metrics_of, mode_in, spec_rows
from webapp.pages.comparison.selection import MOST, Selection, is_canonical, selection_of
from webapp.runs.access import runs_of
from webapp.runs.colours import colours_of
from webapp.runs.models import Run
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role
from webapp.ui.text import searchable

OFFERED = 40
EPOCHS = 10_000  # rows of all the runs' charts together


@requires(Role.VIEWER)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """The runs of the address side by side; without any, a list to choose from."""
    selection = selection_of(request.user, request.GET)
    search = searchable(request.GET.get("q", "")[:100])
    if not is_canonical(request.GET) and not search:
        return redirect(selection.address())
    data = chart_data(selection)
    context = shown(selection) | {
        "search": search,
        "offered": offered(request, selection, search),
        "most": MOST,
        "is_full": len(selection.runs) >= MOST,
        "data": data,
        "cards": cards(data),
    }
    return render(request, "comparison/compare.html", context)


@requires(Role.VIEWER)
@require_safe
def compare_parts(request: HttpRequest) -> HttpResponse:
    """The tables of the page, to replace those shown while a compared run trains."""
    return render(request, "comparison/_parts.html", shown(selection_of(request.user, request.GET)))


def shown(selection: Selection) -> dict[str, Any]:
    """What the tables need."""
    runs = selection.runs
    metrics = metrics_of(runs, selection.metric)
    columns = [cells_of(runs, name) for name, _ in metrics]
    rows = spec_rows(runs, selection.base) if selection.base else []
    colours = colours_of(runs)
    names, on_test = measured(runs)
    return {
        "measured_metrics": [title_of(name) for name in names],
        "on_test": [(colours[row.run.pk], row, [row.metrics.get(name) for name in names]) for row in on_test],
        "is_versioned": len({run.dataset_id for run in runs}) > 1,
        "selection": selection,
        "lines": [line_of(selection, run, colours[run.pk]) for run in runs],
        "metrics": [(label, mode_in(runs, name)) for name, label in metrics],
        "results": [(colours[run.pk], run, [column[index] for column in columns]) for index, run in enumerate(runs)],
        "families": families_of(selection),
        "all_metrics": selection.address(metric=""),
        "toggle_all": selection.address(all=not selection.all),
        "spec_rows": rows if selection.all else [row for row in rows if row.differs],
        "num_equal": sum(not row.differs for row in rows),
    }


def families_of(selection: Selection) -> list[dict[str, Any]]:
    """The metrics that can be shown alone, each with its address."""
    names = {family_of(name): title_of(name) for run in selection.runs for name in sorted(run.summary)}
    return [
        {"title": title, "address": selection.address(metric=name), "is_current": name == selection.metric}
        for name, title in sorted(names.items())
    ]


def line_of(selection: Selection, run: Run, colour: int) -> dict[str, Any]:
    """One run in the list of those compared."""
    started = RunEvent.objects.filter(run=run, kind="started").order_by("-seq").first()
    return {
        "run": run,
        "color": colour,
        "is_base": run == selection.base,
        "num_parameters": started.payload.get("num_parameters") if started else None,
        "duration": run.duration,
        "without": selection.without(run),
        "based_on": selection.based_on(run),
    }


def offered(request: HttpRequest, selection: Selection, search: str) -> list[Run]:
    """Recent runs of the team that could be added."""
    runs = runs_of(team_of(request)).exclude(pk__in=[run.pk for run in selection.runs])
    for word in search.split():
        runs = runs.filter(
            Q(name__icontains=word) | Q(experiment__name__icontains=word) | Q(dataset__name__icontains=word)
        )
    return list(runs.order_by("-created_at")[:OFFERED])


def chart_data(selection: Selection) -> dict[str, Any]:
    """The curves of all runs, and the charts to draw them in."""
    many = Counter(run.name for run in selection.runs)
    limit = min(replay.EPOCHS, EPOCHS // max(1, len(selection.runs)))
    colours = colours_of(selection.runs)
    runs = [
        run_data(run, colours[run.pk], f"{run.experiment} / {run.name}" if many[run.name] > 1 else run.name, limit)
        for run in selection.runs
    ]
    names = [name for run in selection.runs for name in run.summary]
    judges = selection.base.experiment if selection.base else None
    charts = panels(dict.fromkeys(names), judges.metric if judges else "", judges.metric_mode if judges else "")
    return {"runs": runs, "panels": charts, "metric": selection.metric}


def cards(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The charts that the page reserves space for, so that nothing moves when they are drawn."""
    if not any(run["epochs"]["epoch"] for run in data["runs"]):
        return []
    return [panel for panel in data["panels"] if data["metric"] in ("", panel["id"])]


def run_data(run: Run, color: int, label: str, limit: int) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "label": label,
        "token": f"--run-{color}",
        "state": run.display_state,
        "seq": run.last_seq,
        "epochs": replay.recorded_epochs(run, limit),
        "events": reverse("run-events", args=[run.id]),
    }
