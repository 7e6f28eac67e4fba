"""Freeing space: a page that lists exactly what is deleted and what stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from trainer.messages.message import Message, joined
from webapp.checkpoints import listing
from webapp.storage import freeing
from webapp.storage.bucket import StoreUnavailable
from webapp.storage.purging import deleted_runs
from webapp.teams.access import requires
from webapp.teams.models import Membership, Role
from webapp.ui.filters import filesize_short

OWN_FIELDS = ("id", "chosen", "sort", "page", "storage", *freeing.Cleaning.base_fields)


@requires(Role.MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def checkpoints_free(request: HttpRequest) -> HttpResponse:
    """GET shows what would be deleted of the selected rows (``id``), or of all that match the submitted form
    (``chosen``); POST deletes."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    everything = listing.checkpoints_of(membership.team)
    if request.method == "POST":
        chosen = everything.filter(id__in=ids_in(request.POST.getlist("id")), purged_at=None)
        return report_freed(request, freeing.free(chosen[: freeing.MOST_AT_ONCE], membership))
    cleaning, found = None, None
    form = listing.CheckpointFilter(request.GET, membership.team)
    if "id" in request.GET:
        found = everything.filter(id__in=ids_in(request.GET.getlist("id")))
    else:
        cleaning = freeing.Cleaning(request.GET.dict())
        if "chosen" in request.GET:
            fitting = listing.filtered(everything, form.chosen | {"storage": ""})
            found = freeing.of_person(cleaning.among(fitting), membership)
    try:
        plan = None if found is None else freeing.plan_for(found, membership)
    except StoreUnavailable as error:
        messages.error(request, str(joined(Message("Nothing can be freed now."), error.message)))
        return redirect("checkpoints")
    context: dict[str, Any] = {"plan": plan, "cleaning": cleaning, "filters": filters_of(form)}
    context["deleted_runs"] = deleted_runs(membership.team)
    context["is_selected"] = request.GET.get("select") != "none"
    return render(request, "storage/free.html", context)


@dataclass(frozen=True)
class Filter:
    """A filter of the list from the query string: shown on the page, and sent again with its form."""

    name: str
    value: str
    label: str
    shown: str


def filters_of(form: listing.CheckpointFilter) -> list[Filter]:
    """The valid filters, as the list of checkpoints names them."""
    found = []
    for name, value in form.chosen.items():
        if name not in OWN_FIELDS:
            choices = dict(getattr(form.fields[name], "choices", ())) if name != "person" else {}
            found.append(Filter(name, form.data[name], str(form.fields[name].label), str(choices.get(value, value))))
    return found


def ids_in(given: list[str]) -> list[UUID]:
    """The valid ids in ``given``; others are ignored."""
    ids = []
    for text in given:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def report_freed(request: HttpRequest, freed: freeing.Freed) -> HttpResponse:
    """Redirect to the list of checkpoints, with messages about what was deleted and what stays."""
    if freed.gone:
        messages.success(request, str(_gone(freed)))
    for checkpoint, reason in freed.stayed[:5]:
        stays = Message("{checkpoint} of {run} stays.", checkpoint=checkpoint.name, run=checkpoint.run.name)
        messages.error(request, str(joined(stays, reason)))
    if len(freed.stayed) > 5:
        others = Message("{count} other stays, too.", plural="{count} others stay, too.", count=len(freed.stayed) - 5)
        messages.error(request, str(others))
    if not freed.gone and not freed.stayed:
        nothing = Message("Nothing was deleted: no checkpoint was chosen, or their files were deleted already.")
        messages.info(request, str(nothing))
    return redirect(reverse("checkpoints"))


def _gone(freed: freeing.Freed) -> Message:
    size = filesize_short(freed.num_bytes)
    if len(freed.gone) == 1:
        return Message(
            "{size} ({num_bytes:,} bytes) freed: the files of {checkpoint} were deleted.",
            size=size,
            num_bytes=freed.num_bytes,
            checkpoint=freed.gone[0].name,
        )
    return Message(
        "{size} ({num_bytes:,} bytes) freed: the files of {count} checkpoints were deleted.",
        size=size,
        num_bytes=freed.num_bytes,
        count=len(freed.gone),
    )
