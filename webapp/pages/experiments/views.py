"""The pages of experiments: list, detail, create, edit, archive."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trainer.messages.message import Message
from trainer.spec.metrics import label_of
from webapp.checkpoints.rescoring import rescore
from webapp.datasets.access import datasets_of
from webapp.experiments.access import experiments_of, get_experiment
from webapp.pages.experiments.forms import ExperimentForm
from webapp.pages.experiments.overview import LATEST, SORTS, in_order, narrowed, with_standing
from webapp.run_tables.columns import with_remembered
from webapp.run_tables.export import csv_of
from webapp.run_tables.filters import listing_of
from webapp.run_tables.table import table_of
from webapp.run_tables.undo import undo_of
from webapp.runs.access import runs_of
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role
from webapp.ui.text import searchable

UNPROCESSABLE = 422


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@requires(Role.VIEWER)
@require_safe
def experiments(request: HttpRequest) -> HttpResponse:
    """The experiments of the team."""
    mine = experiments_of(team_of(request))
    text, dataset = (searchable(request.GET.get(name, "")) for name in ("q", "dataset"))
    archived = request.GET.get("archived") == "1"
    sort = request.GET.get("sort", LATEST)
    found = with_standing(narrowed(mine, text=text, dataset=dataset, archived=archived))
    shown = [(row, label_of(row.metric)) for row in in_order(found, sort)]
    used = datasets_of(team_of(request)).filter(name__in=mine.values("dataset__name"))
    context: dict[str, Any] = {"shown": shown, "q": text, "dataset": dataset, "archived": archived}
    context |= {"sort": sort if sort.removeprefix("-") in SORTS else LATEST, "is_filtered": bool(text or dataset)}
    context |= {"datasets": [(row.name, row.title) for row in used]}
    context |= {"num_archived": mine.filter(archived_at__isnull=False).count()}
    return render(request, "experiments/list.html", context)


@requires(Role.VIEWER)
@require_safe
def experiment(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """One experiment and its runs; htmx gets only the table of runs."""
    shown = get_experiment(request.user, experiment_id)
    runs = runs_of(shown.team).filter(experiment=shown)
    query = with_remembered(request, shown.id.hex)
    table = table_of(listing_of(runs, query, shown.team, shown.metric), query, shown)
    context = {"experiment": shown, "table": table}
    context |= {"metric": label_of(shown.metric)} | undo_of(request)
    template = "run_tables/_table.html" if request.htmx else "experiments/page.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@requires(Role.VIEWER)
@require_safe
def experiment_export(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponseBase:
    """The runs of the experiment as CSV."""
    shown = get_experiment(request.user, experiment_id)
    runs = runs_of(shown.team).filter(experiment=shown)
    return csv_of(request, listing_of(runs, request.GET, shown.team, shown.metric).runs, shown.name)


@requires(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_new(request: HttpRequest) -> HttpResponse:
    """Create an experiment."""
    team = team_of(request)
    form = ExperimentForm(_posted(request), team=team, initial={"dataset": request.GET.get("dataset")})
    if request.method == "POST" and form.is_valid():
        form.instance.created_by = request.user  # type: ignore[assignment]
        made = form.save()
        created = Message("Experiment “{name}” created. Launch its first run.", name=made.name)
        messages.success(request, str(created))
        return redirect("experiment", made.id)
    return render(request, "experiments/form.html", {"form": form}, status=UNPROCESSABLE if form.errors else 200)


@requires(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_edit(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """Change the name, the question or the metric."""
    shown = get_experiment(request.user, experiment_id, Role.MEMBER, change=True)
    form = ExperimentForm(_posted(request), instance=shown, team=shown.team)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            changed = form.save()
            if "metric" in form.changed_data:
                rescore(changed)
        return redirect("experiment", shown.id)
    context = {"form": form, "experiment": shown}
    return render(request, "experiments/form.html", context, status=UNPROCESSABLE if form.errors else 200)


@requires(Role.MEMBER)
@require_POST
def experiment_archive(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """Hide the experiment from the lists; its runs and checkpoints are kept."""
    shown = get_experiment(request.user, experiment_id, Role.MEMBER, change=True)
    shown.archived_at = shown.archived_at or timezone.now()
    shown.save(update_fields=["archived_at"])
    archived = Message("“{name}” is archived. Its runs and checkpoints are kept.", name=shown.name)
    messages.success(request, str(archived))
    return redirect("experiments")


@requires(Role.MEMBER)
@require_POST
def experiment_unarchive(request: HttpRequest, experiment_id: uuid.UUID) -> HttpResponse:
    """Show an archived experiment in the lists again."""
    shown = get_experiment(request.user, experiment_id, Role.MEMBER, change=True)
    shown.archived_at = None
    shown.save(update_fields=["archived_at"])
    return redirect("experiment", shown.id)
