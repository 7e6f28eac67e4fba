"""Evaluations: requesting one, following it, reading it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message
from webapp.checkpoints import evaluating
from webapp.checkpoints.access import checkpoint_of, evaluation_of
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.models import Evaluation
from webapp.jobs.lifecycle import WrongState, request_stop, why_waiting
from webapp.jobs.models import JobState
from webapp.pages.checkpoints import reports
from webapp.teams.access import requires
from webapp.teams.models import Role
from webapp.ui.polling import reload_page


@requires(Role.MEMBER)
@require_POST
def checkpoint_evaluate(request: HttpRequest, id: UUID) -> HttpResponse:
    checkpoint = checkpoint_of(request.user, id, Role.MEMBER)
    split = request.POST.get("split", "")
    if split not in Evaluation.Split.values:
        return HttpResponseBadRequest(str(Message("split must be test or validation.")), content_type="text/plain")
    try:
        evaluation = evaluating.evaluate(checkpoint, split, request.user)
    except FilesGone as gone:
        messages.error(request, str(gone))
        return redirect("checkpoint", checkpoint.id)
    return redirect("evaluation", evaluation.id)


@requires(Role.VIEWER)
@require_safe
def evaluation_page(request: HttpRequest, id: UUID) -> HttpResponse:
    return render(
        request,
        "evaluations/page.html",
        evaluation_context(evaluation_of(request.user, id), request.GET.get("sort", "")),
    )


@requires(Role.VIEWER)
@require_safe
def evaluation_status(request: HttpRequest, id: UUID) -> HttpResponse:
    """The part that is polled while a worker evaluates; once it has ended, the whole page is reloaded."""
    evaluation = evaluation_of(request.user, id)
    if evaluation.is_finished:
        return reload_page()
    return render(request, "evaluations/_status.html", evaluation_context(evaluation))


@requires(Role.MEMBER)
@require_POST
def evaluation_stop(request: HttpRequest, id: UUID) -> HttpResponse:
    evaluation = evaluation_of(request.user, id, Role.MEMBER)
    try:
        request_stop(evaluation, request.user)
    except WrongState as refusal:
        messages.info(request, str(refusal))
    return redirect("evaluation", evaluation.id)


def evaluation_context(evaluation: Evaluation, sort: str = "") -> dict[str, Any]:
    """The context of the page of ``evaluation``; ``sort`` is the order of its table of classes."""
    checkpoint, facts = evaluation.checkpoint, evaluating.facts_for(evaluation.checkpoint)
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "checkpoint": checkpoint,
        "run": checkpoint.run,
        "experiment": checkpoint.run.experiment,
        "facts": facts,
        "why_waiting": why_waiting(evaluation),
        "other_split": next(pair for pair in Evaluation.Split.choices if pair[0] != evaluation.split),
    }
    if evaluation.state == JobState.FINISHED:
        context |= reports.report_of(evaluation.result, facts, sort)
        context["others"] = reports.others_of(evaluation)
    return context
