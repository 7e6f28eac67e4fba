"""The list of all runs of the team."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.messages.message import Message
from webapp.run_tables.columns import with_remembered
from webapp.run_tables.export import csv_of
from webapp.run_tables.filters import listing_of
from webapp.run_tables.table import table_of
from webapp.run_tables.undo import undo_of
from webapp.runs.access import num_active, runs_of
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role


@requires(Role.VIEWER)
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """All runs of the team; htmx gets only the table."""
    team = team_of(request)
    query = with_remembered(request, "all")
    table = table_of(listing_of(runs_of(team), query, team), query, None)
    template = "run_tables/_table.html" if request.htmx else "runs/list.html"  # type: ignore[attr-defined]
    return render(request, template, {"table": table} | undo_of(request))


@requires(Role.VIEWER)
@require_safe
def runs_active(request: HttpRequest) -> HttpResponse:
    """The number of queued and running runs of the team, for the navigation."""
    team = team_of(request)
    return JsonResponse({"count": num_active(team)})


@requires(Role.VIEWER)
@require_safe
def runs_export(request: HttpRequest) -> HttpResponseBase:
    """The same runs as CSV."""
    team = team_of(request)
    name = str(Message("{team} runs", team=str(team)))
    return csv_of(request, listing_of(runs_of(team), request.GET, team).runs, name)
