"""The list of datasets, and the page of one."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message
from webapp.datasets.access import datasets_of
from webapp.datasets.models import Dataset
from webapp.datasets.preparing import prepare
from webapp.datasets.summaries import summary_of
from webapp.datasets.words import KINDS, TASKS, group_in_words
from webapp.experiments.models import Experiment
from webapp.jobs.lifecycle import why_waiting
from webapp.pages.datasets.fetching import dataset_or_404
from webapp.pages.datasets.history import difference_of, history_of, trainable
from webapp.storage import prepared
from webapp.teams.access import OwnedBy, check, may_change, requires, team_of
from webapp.teams.models import Role, Team
from webapp.ui.polling import reload_page


@requires(Role.VIEWER)
@require_safe
def dataset_list(request: HttpRequest) -> HttpResponse:
    team = team_of(request)
    chosen = {name: request.GET.get(name, "") for name in ("q", "kind", "task")}
    theirs = Experiment.objects.filter(team=team, archived_at=None)
    num_experiments = Counter(theirs.values_list("dataset__name", flat=True))
    datasets = datasets_of(team)
    context = {
        "datasets": [(dataset, num_experiments[dataset.name]) for dataset in datasets if _fits(dataset.facts, chosen)],
        "chosen": chosen,
        "kinds": KINDS,
        "tasks": TASKS,
    }
    return render(request, "datasets/list.html", context)


def _fits(facts: DatasetFacts, chosen: dict[str, str]) -> bool:
    shown = f"{facts.shown_title} {facts.shown_description}"
    text = f"{facts.name} {facts.title} {facts.description} {shown} {' '.join(facts.class_names)}".lower()
    words = all(word in text for word in chosen["q"].lower().split())
    return words and chosen["kind"] in ("", facts.kind) and chosen["task"] in ("", facts.task)


@requires(Role.VIEWER)
@require_safe
def dataset_page(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "datasets/page.html", _context(request, dataset_or_404(request, name)))


@requires(Role.VIEWER)
@require_safe
def dataset_status(request: HttpRequest, name: str) -> HttpResponse:
    """The part that is polled while a worker prepares it; once it has ended, the whole page is reloaded."""
    dataset = dataset_or_404(request, name)
    if dataset.is_finished:
        return reload_page()
    return render(request, "datasets/_status.html", _context(request, dataset))


@requires(Role.MEMBER)
@require_POST
def dataset_prepare(request: HttpRequest, name: str) -> HttpResponse:
    dataset = dataset_or_404(request, name)
    prepare(dataset)
    return redirect(dataset)


@requires(Role.MEMBER)
@require_POST
def dataset_delete(request: HttpRequest, name: str) -> HttpResponse:
    """Delete a dataset of the team; only its owner and admins may."""
    dataset = dataset_or_404(request, name)
    if dataset.team is None:
        raise PermissionDenied(Message("All teams share this dataset, so it cannot be deleted."))
    check(request.user, dataset.team, Role.MEMBER, change=OwnedBy(dataset.owner))
    try:
        prepared.delete(dataset)
    except prepared.InUse as error:
        messages.error(request, str(error))
        return redirect(dataset)
    if dataset.version > 1:
        gone = Message("Version {version} of {name} is deleted.", version=dataset.version, name=name)
        messages.success(request, str(gone))
        return redirect("dataset", name)
    messages.success(request, str(Message("The dataset {name} is deleted.", name=name)))
    return redirect("datasets")


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    return {
        "facts": dataset.facts,
        "dataset": dataset,
        "summary": summary_of(dataset.summary),
        "group_by": group_in_words(dataset.facts),
        "why_waiting": why_waiting(dataset),
        "may_delete": dataset.team is not None and may_change(request.membership, dataset.owner),  # type: ignore[attr-defined]
        "experiments": _experiments_on(team_of(request), dataset),
        "versions": history_of(team_of(request), dataset),
        "difference": difference_of(dataset),
        "trainable": trainable(team_of(request), dataset),
        "is_used": dataset.runs.exists() or dataset.experiments.exists(),
    }


def _experiments_on(team: Team, dataset: Dataset) -> Any:
    there = Q(runs__deleted_at=None)
    counted = Experiment.objects.filter(team=team, dataset__name=dataset.name, archived_at=None).select_related(
        "created_by"
    )
    return counted.annotate(
        num_runs=Count("runs", filter=there), last_run_at=Max("runs__created_at", filter=there)
    ).order_by("-created_at")
