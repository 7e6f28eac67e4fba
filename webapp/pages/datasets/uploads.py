"""Bringing a team's own data: the page to choose a file, its parts, what was understood, and accepting that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from trainer.data.own.formats import ACCEPTED
from trainer.messages.message import Message
from webapp.datasets import uploading
from webapp.datasets.access import upload_of
from webapp.datasets.models import Upload, UploadAct
from webapp.datasets.plugins import is_configured
from webapp.datasets.summaries import understood_of
from webapp.jobs.lifecycle import WrongState, why_waiting
from webapp.jobs.models import JobState
from webapp.pages.datasets.choices_form import ChoicesForm, choices_form
from webapp.pages.datasets.parameters_form import ParametersForm
from webapp.teams.access import person_of, requires, team_of
from webapp.teams.models import Role
from webapp.ui.polling import reload_page


@requires(Role.MEMBER)
@require_safe
def new(request: HttpRequest) -> HttpResponse:
    mine = Upload.objects.filter(team=team_of(request), owner=person_of(request), dataset=None)
    unfinished = mine.defer(*Upload.heavy_fields).order_by("-created_at")
    context = {"accepted": ",".join(ACCEPTED), "endings": ", ".join(ACCEPTED), "unfinished": unfinished[:10]}
    return render(request, "uploads/new.html", {**context, "has_plugins": is_configured()})


@requires(Role.MEMBER)
@require_POST
def begin(request: HttpRequest) -> JsonResponse:
    """Start or continue an upload; answers with where its parts go and how much of it is there."""
    size = request.POST.get("size", "")
    if not _is_count(size):
        problem = Message("size: {given} given; accepted: a number.", given=repr(size[:20]))
        return JsonResponse({"error": str(problem)}, status=422)
    try:
        upload = uploading.begin(team_of(request), request.user, request.POST.get("name", ""), int(size))
    except uploading.Refused as error:
        return JsonResponse({"error": str(error)}, status=422)
    parts = reverse("upload-part", args=[upload.pk])
    return JsonResponse({"parts": parts, "page": upload.get_absolute_url(), "received": upload.received_bytes})


@requires(Role.MEMBER)
@require_POST
def part(request: HttpRequest, upload_id: UUID) -> JsonResponse:
    """Store the part in the body, which begins at ``?offset=``; answers with how much there is now."""
    upload = upload_of(request.user, upload_id)
    offset = request.GET.get("offset", "")
    try:
        uploading.append(upload, int(offset) if _is_count(offset) else -1, request.body)
    except uploading.WrongOffset as error:
        upload.refresh_from_db()
        return JsonResponse({"error": str(error), "received": upload.received_bytes}, status=409)
    except uploading.Refused as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"received": upload.received_bytes})


@requires(Role.MEMBER)
@require_safe
def upload_page(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    if upload.dataset is not None:
        return redirect("dataset", upload.dataset.name)
    return render(request, "uploads/page.html", _context(upload))


@requires(Role.MEMBER)
@require_safe
def status(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """The part that is polled while a worker reads the file; once it has, the whole page is reloaded."""
    upload = upload_of(request.user, upload_id)
    if upload.is_finished:
        return reload_page()
    return render(request, "uploads/_status.html", _context(upload))


@requires(Role.MEMBER)
@require_POST
def look(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Understand the file anew, as the form says."""
    upload = upload_of(request.user, upload_id)
    form = choices_form(upload, request.POST)
    if not form.is_valid():
        return render(request, "uploads/page.html", _context(upload, form), status=422)
    return _queued(request, upload, lambda: uploading.look(upload, form.choices))


@requires(Role.MEMBER)
@require_POST
def accept(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    return _queued(request, upload, lambda: uploading.accept(upload))


@requires(Role.MEMBER)
@require_POST
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    uploading.discard(upload)
    messages.success(request, str(Message("{file} is discarded.", file=upload.file_name)))
    return redirect("dataset-new")


def _is_count(text: str) -> bool:
    """Whether it is a number that a column of the database can hold."""
    return text.isdecimal() and len(text) < 19


def _queued(request: HttpRequest, upload: Upload, queue: Any) -> HttpResponse:
    try:
        queue()
    except WrongState as error:
        messages.error(request, str(error))
    return redirect("upload", upload.pk)


def _context(upload: Upload, form: ChoicesForm | ParametersForm | None = None) -> dict[str, Any]:
    understood = understood_of(upload.understood)
    found = understood or {}
    return {
        "upload": upload,
        "form": form or choices_form(upload),
        "understood": understood,
        "sample_facts": {"shown_target_name": found.get("target_name"), "feature_names": found.get("feature_names")},
        "most": max((each["count"] for each in found.get("classes", [])), default=1),
        "why_waiting": why_waiting(upload),
        "is_preparing": upload.act == UploadAct.PREPARE,
        "has_failed": upload.state == JobState.FAILED,
    }
