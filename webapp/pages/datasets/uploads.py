"""Uploading a team's own data: choosing a file, sending its parts, reviewing what was understood, and accepting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from trainer.data.own.choices import Choices
from trainer.data.own.formats import ACCEPTED
from trainer.messages.message import Message
from webapp.datasets import uploading
from webapp.datasets.access import get_own_dataset, own_datasets_of, upload_of
from webapp.datasets.models import Upload, UploadAct
from webapp.datasets.plugins import is_configured
from webapp.datasets.recognising import known_dataset
from webapp.datasets.summaries import understood_of
from webapp.datasets.uploading import Announced, Refused, WrongOffset
from webapp.http.numbers import whole_number
from webapp.jobs.lifecycle import WrongState, why_waiting
from webapp.jobs.models import JobState
from webapp.pages.datasets.choices_form import ChoicesForm, choices_form
from webapp.pages.datasets.parameters_form import ParametersForm
from webapp.storage.datasets import receiving
from webapp.teams.access import person_of, requires, team_of
from webapp.teams.models import Role
from webapp.ui.polling import reload_page

# Of a number that a column of the database can hold.
COUNT_DIGITS = 18


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
    """Start or continue an upload; answers with where its parts go and how much of it is there.

    Instead it answers with the dataset that the file seems to be already, unless asked for it ``again``.
    """
    given, team = request.POST.get("size", ""), team_of(request)
    size = whole_number(given, digits=COUNT_DIGITS)
    if size is None:
        problem = Message("size: {given} given; accepted: a number.", given=repr(given[:20]))
        return JsonResponse({"error": str(problem)}, status=422)
    fingerprint = request.POST.get("fingerprint", "")
    known = None if request.POST.get("again") else known_dataset(team, size, fingerprint=fingerprint)
    if known is not None:
        said = Message("This file seems to be the dataset “{title}” of your team already.", title=known.title)
        return JsonResponse({"known": {"said": str(said), "page": known.get_absolute_url()}})
    try:
        upload = receiving.begin(team, request.user, Announced(request.POST.get("name", ""), size, fingerprint))
    except Refused as error:
        return JsonResponse({"error": str(error)}, status=422)
    parts = reverse("upload-part", args=[upload.pk])
    return JsonResponse({"parts": parts, "page": upload.get_absolute_url(), "received": upload.received_bytes})


@requires(Role.MEMBER)
@require_POST
def part(request: HttpRequest, upload_id: UUID) -> JsonResponse:
    """Store the part in the body, which begins at ``?offset=``; answers with how much there is now."""
    upload = upload_of(request.user, upload_id)
    offset = whole_number(request.GET.get("offset", ""), digits=COUNT_DIGITS)
    try:
        receiving.append(upload, -1 if offset is None else offset, request.body)
    except WrongOffset as error:
        upload.refresh_from_db()
        return JsonResponse({"error": str(error), "received": upload.received_bytes}, status=409)
    except Refused as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"received": upload.received_bytes})


@requires(Role.MEMBER)
@require_safe
def upload_page(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    if upload.dataset is not None:
        return redirect(upload.dataset)
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
    """Have a worker read the file again, with the choices of the form."""
    upload = upload_of(request.user, upload_id)
    form = choices_form(upload, request.POST)
    if not form.is_valid():
        return render(request, "uploads/page.html", _context(upload, form), status=422)
    return _queued(request, upload, lambda: uploading.look(upload, form.choices))


@requires(Role.MEMBER)
@require_POST
def remedy(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Have a worker read the file again, with the choices of one of the offered remedies."""
    upload = upload_of(request.user, upload_id)
    offered = upload.understood.get("remedies", [])
    number = whole_number(request.POST.get("number", ""), digits=COUNT_DIGITS)
    if number is None or number >= len(offered):
        messages.error(request, str(Message("The file was read again in the meantime. Choose again.")))
        return redirect("upload", upload.pk)
    choices = Choices.model_validate(upload.choices | offered[number]["choices"])
    return _queued(request, upload, lambda: uploading.look(upload, choices))


@requires(Role.MEMBER)
@require_POST
def accept(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    named = request.POST.get("version_of", "")
    wanted = get_own_dataset(upload.team, named) if named else None
    return _queued(request, upload, lambda: receiving.accept(upload, wanted))


@requires(Role.MEMBER)
@require_POST
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    upload = upload_of(request.user, upload_id)
    uploading.discard(upload)
    messages.success(request, str(Message("{file} is discarded.", file=upload.file_name)))
    return redirect("dataset-new")


def _queued(request: HttpRequest, upload: Upload, queue: Callable[[], None]) -> HttpResponse:
    try:
        queue()
    except (WrongState, Refused) as error:
        messages.error(request, str(error))
    return redirect("upload", upload.pk)


def _context(upload: Upload, form: ChoicesForm | ParametersForm | None = None) -> dict[str, Any]:
    understood = understood_of(upload.understood)
    found = understood or {}
    return {
        "upload": upload,
        "form": form or choices_form(upload),
        "understood": understood,
        "own_datasets": own_datasets_of(upload.team),
        "likely": uploading.name_for(upload.title),
        "already": known_dataset(upload.team, upload.num_bytes, sha256=upload.sha256),
        "sample_facts": {"shown_target_name": found.get("target_name"), "feature_names": found.get("feature_names")},
        "most_of_a_size": max((bar.count for bar in found.get("size_bars", ())), default=1),
        "most": max((each["count"] for each in found.get("classes", [])), default=1),
        "why_waiting": why_waiting(upload),
        "is_preparing": upload.act == UploadAct.PREPARE,
        "has_failed": upload.state == JobState.FAILED,
    }
