"""Evaluations: requesting one, following it, reading it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message
from webapp.checkpoints import evaluating
from webapp.checkpoints.access import checkpoint_of, evaluation_of
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.models import Evaluation
from webapp.datasets.access import get_version
from webapp.datasets.models import Dataset
from webapp.datasets.versions import newest_mended
from webapp.http.next_page import path_of_this_site
from webapp.http.numbers import whole_number
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
    run, back = checkpoint.run, path_of_this_site(request.POST.get("next", ""))
    given = request.POST.get("version", "")
    number = whole_number(given, digits=8)
    version = get_version(run.experiment.team, run.dataset.name, number) if given else None
    try:
        evaluation = evaluating.evaluate(checkpoint, split, request.user, version)
    except (FilesGone, evaluating.WrongVersion) as refusal:
        messages.error(request, str(refusal))
        return redirect(back or checkpoint)
    return redirect(back or evaluation)


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


def examples_url(evaluation: Evaluation, version: Dataset) -> str:
    """The page of the examples at which the evaluation points; "" for one of an earlier release, which names none."""
    if not evaluation.result.keys() & {"wrong", "furthest"}:
        return ""
    query = urlencode({"version": version.version, "evaluation": evaluation.pk})
    return f"{reverse('dataset-examples', args=[version.name])}?{query}"


def evaluation_context(evaluation: Evaluation, sort: str = "") -> dict[str, Any]:
    """The context of the page of ``evaluation``; ``sort`` is the order of its table of classes."""
    checkpoint, facts = evaluation.checkpoint, evaluation.measured_on.facts
    newest = newest_mended(checkpoint.run.experiment.team, evaluation.measured_on)
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "checkpoint": checkpoint,
        "run": checkpoint.run,
        "experiment": checkpoint.run.experiment,
        "facts": facts,
        "why_waiting": why_waiting(evaluation),
        "newest": newest if newest != evaluation.measured_on else None,
        "examples_url": examples_url(evaluation, newest),
        "other_split": next(pair for pair in Evaluation.Split.choices if pair[0] != evaluation.split),
    }
    if evaluation.state == JobState.FINISHED:
        context |= reports.report_of(evaluation.result, facts, sort)
        context["others"] = reports.others_of(evaluation)
    return context
