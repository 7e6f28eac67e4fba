"""Actions on a run: stop, resume, delete, restore, edit. One URL each, POST only."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from trainer.errors import SpecError
from trainer.messages.message import NOTHING, Message, joined, joined_by
from webapp.launches import lifecycle
from webapp.launches.editing import RunDetails
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.storage import purging
from webapp.teams.access import person_of, requires
from webapp.teams.models import Role, User
from webapp.ui.filters import filesize_short


class ResumeForm(forms.Form):
    """The total number of epochs; empty for the planned number."""

    epochs = forms.IntegerField(required=False, min_value=1)


@requires(Role.MEMBER)
@require_POST
def run_stop(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER, change=True)
    return changed(request, run, lifecycle.request_stop)


@requires(Role.MEMBER)
@require_POST
def run_resume(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER, change=True)
    form = ResumeForm(request.POST)
    if not form.is_valid():
        given = request.POST.get("epochs", "")[:40]
        message = Message("“{given}” is not a number of epochs; give a whole number of 1 or more.", given=given)
        return refused(request, run, message, 400)
    try:
        lifecycle.resume(run, user=person_of(request), epochs=form.cleaned_data["epochs"])
    except lifecycle.WrongState as error:
        return refused(request, run, error.message)
    except SpecError as error:
        return refused(request, run, joined_by("; ", (problem.message for problem in error.problems)), 400)
    return done(request, run)


@requires(Role.MEMBER)
@require_POST
def run_delete(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER, change=True)
    # The page of a deleted run offers to undo it.
    return changed(request, run, lifecycle.delete)


@requires(Role.MEMBER)
@require_POST
def run_restore(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER, change=True, deleted=True)
    return changed(request, run, lifecycle.restore, Message("{run} was restored.", run=run.name))


@requires(Role.ADMIN)
@require_POST
def run_purge(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Delete the files of a deleted run now instead of some days later."""
    run = get_run(request.user, run_id, Role.ADMIN, deleted=True)
    try:
        freed = purging.purge(run, person_of(request))
    except lifecycle.WrongState as error:
        return refused(request, run, joined(error.message, Message("Delete it first.")))
    return done(
        request, run, Message("{size} ({num_bytes:,} bytes) freed.", size=filesize_short(freed), num_bytes=freed)
    )


@requires(Role.MEMBER)
@require_POST
def run_edit(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_run(request.user, run_id, Role.MEMBER, change=True)
    form = RunDetails(request.POST, instance=run)
    if not form.is_valid():
        run.refresh_from_db(fields=["name", "notes"])
        return render(request, "launches/actions/run_edit.html", {"run": run, "form": form}, status=400)
    form.save()
    return done(request, run, Message("Saved."))


def changed(
    request: HttpRequest, run: Run, change: Callable[[Run, User], object], message: Message = NOTHING
) -> HttpResponse:
    """Carry out ``change`` for the person, and answer with ``message`` or with why it was refused."""
    try:
        change(run, person_of(request))
    except lifecycle.WrongState as error:
        return refused(request, run, error.message)
    return done(request, run, message)


def done(request: HttpRequest, run: Run, message: Message = NOTHING) -> HttpResponse:
    """Redirect to the run's page; API clients get the state as JSON."""
    if wants_json(request):
        run.refresh_from_db()
        return JsonResponse({"id": str(run.id), "state": run.display_state})
    if message:
        messages.success(request, str(message))
    return redirect("run", run_id=run.id)


def refused(request: HttpRequest, run: Run, message: Message, status: int = 409) -> HttpResponse:
    """Show the reason on the run's page; API clients get ``status`` and the sentence as JSON."""
    if wants_json(request):
        return JsonResponse({"error": str(message)}, status=status)
    messages.error(request, str(message))
    return redirect("run", run_id=run.id)


def wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
