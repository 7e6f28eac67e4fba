"""The team's checkpoints, and the page of one."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.checkpoints import listing
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.evaluating import facts_for
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.checkpoints.selection import UNFINISHED, kept, marks, use_of
from webapp.checkpoints.trying import form_for
from webapp.datasets.models import Dataset
from webapp.teams.access import requires
from webapp.teams.models import Role

ROWS_A_PAGE = 50
TRIES_SHOWN = 8


@requires(Role.VIEWER)
@require_safe
def checkpoint_list(request: HttpRequest) -> HttpResponse:
    form = listing.CheckpointFilter(request.GET, request.team)  # type: ignore[attr-defined]
    everything = listing.checkpoints_of(request.team)  # type: ignore[attr-defined]
    rows = listing.filtered(everything, form.chosen)
    ordered, sort = listing.ordered(rows, request.GET.get("sort", listing.NEWEST))
    page = Paginator(ordered, ROWS_A_PAGE).get_page(request.GET.get("page"))
    marked = marks(page.object_list)
    context = {
        "filter": form,
        "page": page,
        "rows": [(checkpoint, marked[checkpoint.id]) for checkpoint in page.object_list],
        "sort": sort,
        "metric_label": dict(listing.METRIC_CHOICES)[form.chosen.get("metric", "")],
        "total_bytes": rows.filter(purged_at=None).aggregate(total=Sum("size_bytes"))["total"] or 0,
        "any": bool(page.object_list) or everything.exists(),
        "datasets": listing.CATALOG,
        "networks": listing.NETWORK_LABELS,
    }
    return render(request, "checkpoints/list.html", context)


@requires(Role.VIEWER)
@require_safe
def checkpoint_page(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = checkpoint_of(request.user, id)
    return render(request, "checkpoints/page.html", page_context(checkpoint))


def page_context(checkpoint: Checkpoint) -> dict[str, object]:
    """Everything that the page of ``checkpoint`` shows; a refused "Try it" shows the page again with its form."""
    run, use = checkpoint.run, use_of(checkpoint)
    siblings = list(run.checkpoints.filter(purged_at=None))
    facts = facts_for(checkpoint)
    dataset = Dataset.objects.filter(name=facts.name).first()
    return {
        "checkpoint": checkpoint,
        "run": run,
        "experiment": run.experiment,
        "marks": marks([checkpoint])[checkpoint.id],
        "metric_rows": metric_rows(checkpoint),
        "facts": facts,
        "network": listing.NETWORK_LABELS.get(run.spec.get("network", {}).get("kind"), "Network"),
        "use": use,
        "only_one": kept().filter(run=run).count() == 1,
        "siblings": siblings,
        "splits": [(value, label, newest_of(use.evaluations, value)) for value, label in Evaluation.Split.choices],
        "evaluations": use.evaluations,
        "tries": checkpoint.predictions.defer("picture").select_related("created_by").order_by("-created_at")[:TRIES_SHOWN],
        "try_form": form_for(facts, dataset.summary if dataset else {}),
        "run_is_busy": run.state in UNFINISHED,
    }


def newest_of(evaluations: tuple[Evaluation, ...], split: str) -> Evaluation | None:
    return next((evaluation for evaluation in evaluations if evaluation.split == split), None)


def metric_rows(checkpoint: Checkpoint) -> list[tuple[str, object, object]]:
    """Name, training value and validation value of every metric."""
    metrics = checkpoint.metrics
    names = dict.fromkeys(name.removeprefix("val_") for name in metrics)
    return [(listing.METRICS.get(name, name), metrics.get(name), metrics.get(f"val_{name}")) for name in names]
