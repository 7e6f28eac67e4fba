""" "Try it": a prediction for one example, and its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message
from webapp.checkpoints import evaluating
from webapp.checkpoints.access import checkpoint_of, own_prediction_of, prediction_of
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.models import Prediction
from webapp.jobs.lifecycle import why_waiting
from webapp.pages.checkpoints import reports
from webapp.pages.checkpoints.checkpoints import page_context, trying, what_may_be_done
from webapp.pages.checkpoints.prediction_form import form_for
from webapp.storage import expiry
from webapp.teams.access import may_change, requires
from webapp.teams.models import Role


@requires(Role.MEMBER)
@require_POST
def checkpoint_try(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    form = form_for(evaluating.facts_for(checkpoint), {}, request)
    if not form.is_valid():
        return render(request, "checkpoints/page.html", page_context(request, checkpoint, form), status=422)
    try:
        prediction = evaluating.try_it(checkpoint, request.user, **form.answer)
    except FilesGone as gone:
        messages.error(request, str(gone))
        return redirect("checkpoint", checkpoint.id)
    return redirect("prediction", prediction.id)


@requires(Role.VIEWER)
@require_safe
def prediction_page(request: HttpRequest, id: UUID) -> HttpResponse:
    return render(request, "checkpoints/prediction.html", prediction_context(request, prediction_of(request.user, id)))


@requires(Role.VIEWER)
@require_safe
def prediction_status(request: HttpRequest, id: UUID) -> HttpResponse:
    """The part that is polled until there is an answer."""
    return render(request, "checkpoints/_answer.html", prediction_context(request, prediction_of(request.user, id)))


@requires(Role.MEMBER)
@require_POST
def prediction_delete(request: HttpRequest, id: UUID) -> HttpResponse:
    prediction = own_prediction_of(request.user, id)
    expiry.forget(prediction)
    messages.success(request, str(Message("The example and its answer were deleted.")))
    return redirect(reverse("checkpoint", args=[prediction.checkpoint_id]) + "#try")


def prediction_context(request: HttpRequest, prediction: Prediction) -> dict[str, Any]:
    checkpoint = prediction.checkpoint
    shown = trying(checkpoint)
    return {
        **what_may_be_done(request, checkpoint),
        **shown,
        "prediction": prediction,
        "run": checkpoint.run,
        "answer": reports.answer_of(prediction, shown["facts"]),
        "row": list(zip(shown["facts"].feature_names, prediction.row or (), strict=False)),
        "why_waiting": why_waiting(prediction),
        "can_delete": may_change(request.membership, prediction.created_by),  # type: ignore[attr-defined]
        "kept_until": prediction.created_at + timedelta(days=settings.PREDICTIONS_KEPT_DAYS),
    }
