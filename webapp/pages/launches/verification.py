"""Verify that a run is exact: check its resume, reproduce it. POST only."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from trainer.errors import SpecError
from trainer.messages.message import Message, joined_by
from webapp.jobs.lifecycle import WrongState, request_stop
from webapp.launches import reproduction, verification
from webapp.pages.launches.actions import refused
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.teams.access import person_of, requires
from webapp.teams.models import Role


@requires(Role.MEMBER)
@require_POST
def run_check_resume(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER)
    verification.ask(run, person_of(request))
    return _to_exactness(run)


@requires(Role.MEMBER)
@require_POST
def run_check_stop(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER)
    check = verification.unfinished_of(run)
    if check is None:
        return refused(request, run, Message("No check of this run is queued or running."))
    try:
        request_stop(check, person_of(request))
    except WrongState as error:
        return refused(request, run, error.message)
    return _to_exactness(run)


@requires(Role.MEMBER)
@require_POST
def run_reproduce(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER)
    try:
        again = reproduction.reproduce(run, person_of(request))
    except WrongState as error:
        return refused(request, run, error.message)
    except SpecError as error:
        return refused(request, run, joined_by("; ", (problem.message for problem in error.problems)), 400)
    return redirect("run", run_id=again.id)


def _to_exactness(run: Run) -> HttpResponse:
    return redirect(reverse("run", args=[run.id]) + "#exactness")
