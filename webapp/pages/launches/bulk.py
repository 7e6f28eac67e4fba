"""Actions on the runs selected in a table. One URL each, POST only."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from trainer.messages.message import Message
from webapp.launches import lifecycle
from webapp.launches.editing import add_tags
from webapp.run_tables.undo import UNDO
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.teams.access import person_of, requires
from webapp.teams.models import Role

MOST = 200
Act = Callable[[Run], None]
# What was done to the runs that an action succeeded with.
Done = Callable[[list[Run]], Message]


@requires(Role.MEMBER)
@require_POST
def runs_stop(request: HttpRequest) -> HttpResponse:
    return _each(request, _stopped, lambda run: lifecycle.request_stop(run, person_of(request)))


@requires(Role.MEMBER)
@require_POST
def runs_delete(request: HttpRequest) -> HttpResponse:
    """Delete the selected runs; the list then offers to undo it."""
    deleted: list[str] = []

    def delete(run: Run) -> None:
        lifecycle.delete(run, person_of(request))
        deleted.append(str(run.id))

    response = _each(request, _deleted, delete)
    request.session[UNDO] = deleted
    return response


@requires(Role.MEMBER)
@require_POST
def runs_restore(request: HttpRequest) -> HttpResponse:
    return _each(request, _restored, lambda run: lifecycle.restore(run, person_of(request)), deleted=True)


@requires(Role.MEMBER)
@require_POST
def runs_tag(request: HttpRequest) -> HttpResponse:
    """Add tags, separated by commas, to the selected runs."""
    text = request.POST.get("add_tags", "")
    if not text.strip(" ,"):
        messages.error(request, str(Message("No tag was given. Type one, or several separated by commas.")))
        return _back(request)

    def tag(run: Run) -> None:
        add_tags(run, text)

    return _each(request, _tagged, tag)


def _stopped(runs: list[Run]) -> Message:
    if len(runs) == 1:
        return Message("{run}: asked to stop.", run=runs[0].name)
    return Message("{count} runs: asked to stop.", count=len(runs))


def _deleted(runs: list[Run]) -> Message:
    if len(runs) == 1:
        return Message("{run}: deleted.", run=runs[0].name)
    return Message("{count} runs: deleted.", count=len(runs))


def _restored(runs: list[Run]) -> Message:
    if len(runs) == 1:
        return Message("{run}: restored.", run=runs[0].name)
    return Message("{count} runs: restored.", count=len(runs))


def _tagged(runs: list[Run]) -> Message:
    if len(runs) == 1:
        return Message("{run}: tagged.", run=runs[0].name)
    return Message("{count} runs: tagged.", count=len(runs))


def _each(request: HttpRequest, done: Done, act: Act, *, deleted: bool = False) -> HttpResponse:
    """Apply ``act`` to every selected run that the person may change, and report the outcome."""
    ids = _selected(request)
    if not ids:
        messages.error(request, str(Message("No run is selected. Tick the runs in the table first.")))
    succeeded: list[Run] = []
    refusals: list[str] = []
    for run_id in ids:
        try:
            run = get_run(request.user, run_id, Role.MEMBER, change=True, deleted=deleted)
            act(run)
            succeeded.append(run)
        except (lifecycle.WrongState, PermissionDenied, forms.ValidationError) as error:
            refusals.append("; ".join(error.messages) if isinstance(error, forms.ValidationError) else str(error))
        except Http404:
            refusals.append(str(Message("One of the runs no longer exists.")))
    if succeeded:
        messages.success(request, str(done(succeeded)))
    for sentence in list(dict.fromkeys(refusals))[:5]:
        messages.error(request, sentence)
    return _back(request)


def _selected(request: HttpRequest) -> list[uuid.UUID]:
    """The ids in ``runs``, each once; invalid ids are ignored."""
    found: list[uuid.UUID] = []
    for text in request.POST.getlist("runs")[:MOST]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _back(request: HttpRequest) -> HttpResponse:
    """Redirect to the list that the runs were selected in."""
    url = request.POST.get("back", "")
    is_own = url.startswith("/") and url_has_allowed_host_and_scheme(url, None)
    return redirect(url) if is_own and "." not in url.partition("?")[0] else redirect("runs")
