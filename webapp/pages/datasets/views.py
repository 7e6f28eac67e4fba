"""The list of datasets, and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from trainer.data.catalog import CATALOG, DatasetFacts
from webapp.datasets.models import Dataset
from webapp.datasets.preparing import is_ready, prepare
from webapp.datasets.summaries import summary_of
from webapp.experiments.models import Experiment
from webapp.jobs.lifecycle import why_waiting
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role, Team

KINDS = {"image": "images", "table": "tables"}
TASKS = {"classification": "classification", "regression": "regression"}


@requires(Role.VIEWER)
@require_safe
def dataset_list(request: HttpRequest) -> HttpResponse:
    known = {dataset.name: dataset for dataset in Dataset.objects.defer("summary")}
    counts = _num_experiments(team_of(request))
    chosen = {name: request.GET.get(name, "") for name in ("q", "kind", "task")}
    shown = [facts for facts in CATALOG.values() if _fits(facts, chosen)]
    context = {
        "cards": [(facts, known.get(facts.name), counts.get(facts.name, 0)) for facts in shown],
        "chosen": chosen,
        "kinds": KINDS,
        "tasks": TASKS,
    }
    return render(request, "datasets/list.html", context)


def _fits(facts: DatasetFacts, chosen: dict[str, str]) -> bool:
    text = f"{facts.name} {facts.title} {facts.description} {' '.join(facts.class_names)}".lower()
    words = all(word in text for word in chosen["q"].lower().split())
    return words and chosen["kind"] in ("", facts.kind) and chosen["task"] in ("", facts.task)


def _num_experiments(team: Team) -> dict[str, int]:
    rows = team.experiments.filter(archived_at=None).values_list("dataset").annotate(Count("id"))
    return dict(rows)


@requires(Role.VIEWER)
@require_safe
def dataset_page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "datasets/page.html", _context(request, facts_or_404(name)))


@requires(Role.VIEWER)
@require_safe
def dataset_status(request: HttpRequest, name: str) -> HttpResponse:
    """The part that is polled while a worker reads the data; once it has ended, the whole page is reloaded."""
    facts = facts_or_404(name)
    context = _context(request, facts)
    if context["dataset"] is None or context["dataset"].is_finished:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "datasets/_status.html", context)


@requires(Role.MEMBER)
@require_POST
def dataset_prepare(request: HttpRequest, name: str) -> HttpResponse:
    prepare(facts_or_404(name))
    return redirect("dataset", name)


def facts_or_404(name: str) -> DatasetFacts:
    if name not in CATALOG:
        raise Http404("There is no such dataset.")
    return CATALOG[name]


def _context(request: HttpRequest, facts: DatasetFacts) -> dict[str, Any]:
    dataset = Dataset.objects.filter(name=facts.name).first()
    return {
        "facts": facts,
        "dataset": dataset,
        "ready": is_ready(dataset),
        "summary": summary_of(dataset.summary if dataset else {}),
        "why_waiting": why_waiting(dataset) if dataset else "",
        "experiments": _experiments_on(team_of(request), facts),
    }


def _experiments_on(team: Team, facts: DatasetFacts) -> Any:
    there = Q(runs__deleted_at=None)
    counted = Experiment.objects.filter(team=team, dataset=facts.name, archived_at=None).select_related("created_by")
    return counted.annotate(
        num_runs=Count("runs", filter=there), last_run_at=Max("runs__created_at", filter=there)
    ).order_by("-created_at")
