"""The list of checkpoints, and the page of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.messages.message import Message
from trainer.spec.metrics import family_of, name_in_sentence, on_validation
from webapp.checkpoints import listing
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.evaluating import facts_for
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.checkpoints.selection import kept, latest, marks
from webapp.datasets.summaries import example_row
from webapp.launches.resume_outlook import rate_spans_epochs, target_epochs
from webapp.pages.checkpoints.concerns import concerns
from webapp.pages.checkpoints.prediction_form import TryForm, form_for
from webapp.storage.references import use_of
from webapp.teams.access import may_change, requires, team_of
from webapp.teams.models import Membership, Role

ROWS_A_PAGE = 50
TRIES_SHOWN = 8


@requires(Role.VIEWER)
@require_safe
def checkpoint_list(request: HttpRequest) -> HttpResponse:
    form = listing.CheckpointFilter(request.GET, team_of(request))
    everything = listing.checkpoints_of(team_of(request))
    rows = listing.filtered(everything, form.chosen)
    ordered, sort = listing.ordered(rows, request.GET.get("sort", listing.NEWEST))
    page, total_bytes = listing.page_of(ordered, request.GET.get("page"), ROWS_A_PAGE)
    marked = marks(page.object_list)
    context = {
        "filter": form,
        "page": page,
        "rows": [(checkpoint, marked[checkpoint.id]) for checkpoint in page.object_list],
        "sort": sort,
        "metric_label": metric_label(form.chosen.get("metric", "")),
        "total_bytes": total_bytes,
        "any": bool(page.object_list) or everything.exists(),
        "networks": listing.NETWORKS,
    }
    return render(request, "checkpoints/list.html", context)


def metric_label(name: str) -> Any:
    """The heading of the column with the values of the metric that was chosen, or of each experiment's own."""
    return dict(listing.METRIC_CHOICES)[name] if name else Message("Metric")


@requires(Role.VIEWER)
@require_safe
def checkpoint_page(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = checkpoint_of(request.user, id)
    return render(request, "checkpoints/page.html", page_context(request, checkpoint))


def page_context(request: HttpRequest, checkpoint: Checkpoint, form: TryForm | None = None) -> dict[str, Any]:
    """The context of the page of ``checkpoint``; a refused "Try it" shows the page again with its ``form``."""
    run, use = checkpoint.run, use_of(checkpoint)
    return {
        "run": run,
        "experiment": run.experiment,
        "marks": marks([checkpoint])[checkpoint.id],
        "metric_rows": metric_rows(checkpoint),
        "network": listing.NETWORKS.get(run.spec["network"]["kind"], run.spec["network"]["kind"]),
        "use": use,
        "concerns": concerns(checkpoint),
        "only_one": kept().filter(run=run).count() == 1,
        "latest_sibling": latest(run),
        "splits": [(value, label, newest_of(use.evaluations, value)) for value, label in Evaluation.Split.choices],
        "evaluations": use.evaluations,
        "tries": tries_of(checkpoint),
        **what_may_be_done(request, checkpoint),
        **resuming(checkpoint),
        **trying(checkpoint, form),
    }


def what_may_be_done(request: HttpRequest, checkpoint: Checkpoint) -> dict[str, Any]:
    """Which buttons to show for this person and this checkpoint."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    can_work, can_change = membership.allows(Role.MEMBER), may_change(membership, checkpoint.run.created_by)
    usable = checkpoint.purged_at is None and not checkpoint.damaged
    return {"checkpoint": checkpoint, "usable": usable, "can_work": can_work, "can_change": can_change}


def resuming(checkpoint: Checkpoint) -> dict[str, Any]:
    """Whether the run can resume from here, and the suggested number of epochs."""
    run = checkpoint.run
    is_latest = latest(run) == checkpoint
    return {
        "can_resume": run.is_finished and is_latest,
        "run_is_busy": not run.is_finished,
        "resume_from": checkpoint.epoch + 1,
        "resume_to": target_epochs(run),
        "rate_spans_epochs": rate_spans_epochs(run),
    }


def trying(checkpoint: Checkpoint, form: TryForm | None = None) -> dict[str, Any]:
    """The "Try it" form with values from the dataset's summary: means as hints, and an example row."""
    facts, summary = facts_for(checkpoint), checkpoint.run.dataset.summary
    return {
        "facts": facts,
        "try_form": form or form_for(facts, summary),
        "has_means": any("mean" in column for column in summary.get("columns", [])),
        "has_missing": any(column.has_missing for column in facts.columns),
        "example_row": example_row(summary),
    }


def tries_of(checkpoint: Checkpoint) -> QuerySet[Prediction]:
    """The newest predictions, without the pictures."""
    tries = checkpoint.predictions.defer("picture").select_related("created_by")
    return tries.order_by("-created_at")[:TRIES_SHOWN]


def newest_of(evaluations: tuple[Evaluation, ...], split: str) -> Evaluation | None:
    """On the data that the checkpoint was trained on, not on a later version."""
    own = (evaluation for evaluation in evaluations if evaluation.dataset_id is None)
    return next((evaluation for evaluation in own if evaluation.split == split), None)


def metric_rows(checkpoint: Checkpoint) -> list[tuple[Message, Any, Any]]:
    """Name, training value and validation value of every metric."""
    metrics = checkpoint.metrics
    names = dict.fromkeys(map(family_of, metrics))
    return [(name_in_sentence(name), metrics.get(name), metrics.get(on_validation(name))) for name in names]
