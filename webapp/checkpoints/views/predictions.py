""" "Try it": asking a checkpoint about one example, and its answer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from webapp.checkpoints import evaluating
from webapp.checkpoints.access import checkpoint_of, prediction_of
from webapp.checkpoints.models import Prediction
from webapp.checkpoints.reports import answer_of
from webapp.checkpoints.trying import form_for
from webapp.checkpoints.views.pages import page_context
from webapp.datasets.models import Dataset
from webapp.teams.access import requires
from webapp.teams.models import Role
from webapp.workers.lifecycle import why_waiting


@requires(Role.MEMBER)
@require_POST
def checkpoint_try(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    facts = evaluating.facts_for(checkpoint)
    form = form_for(facts, {}, request)
    if not form.is_valid():
        context = page_context(checkpoint) | {"try_form": form}
        return render(request, "checkpoints/page.html", context, status=422)
    try:
        prediction = evaluating.try_it(checkpoint, request.user, **form.answer)
    except evaluating.FilesGone as gone:
        messages.error(request, str(gone))
        return redirect("checkpoint", checkpoint.id)
    return redirect("prediction", prediction.id)


@requires(Role.VIEWER)
@require_safe
def prediction_page(request: HttpRequest, id: UUID) -> HttpResponse:
    return render(request, "checkpoints/prediction.html", context_of(prediction_of(request.user, id)))


@requires(Role.VIEWER)
@require_safe
def prediction_status(request: HttpRequest, id: UUID) -> HttpResponse:
    """The part that is polled until the answer is there."""
    return render(request, "checkpoints/_answer.html", context_of(prediction_of(request.user, id)))


def context_of(prediction: Prediction) -> dict[str, object]:
    checkpoint = prediction.checkpoint
    facts = evaluating.facts_for(checkpoint)
    dataset = Dataset.objects.filter(name=facts.name).first()
    return {
        "prediction": prediction,
        "checkpoint": checkpoint,
        "run": checkpoint.run,
        "facts": facts,
        "answer": answer_of(prediction),
        "row": list(zip(facts.feature_names, prediction.row or (), strict=False)),
        "try_form": form_for(facts, dataset.summary if dataset else {}),
        "why_waiting": why_waiting(prediction),
    }
