"""Correcting labels, making a version of the corrections, and training on it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from trainer.data.versions.corrections import Correction, Label
from trainer.errors import SpecError
from trainer.messages.message import Message
from webapp.datasets import mending
from webapp.datasets.models import Dataset
from webapp.http.next_page import path_of_this_site
from webapp.http.numbers import whole_number
from webapp.launches.on_version import train_on
from webapp.pages.datasets.fetching import dataset_or_404
from webapp.runs.access import get_run
from webapp.teams.access import person_of, requires, team_of
from webapp.teams.models import Role

RELABEL, AMBIGUOUS, TAKE_BACK = "relabel", "ambiguous", "take-back"


@requires(Role.MEMBER)
@require_POST
def correct(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what a person says of the chosen examples, or take it back, and show the same page again."""
    dataset, team = dataset_or_404(request, name), team_of(request)
    indices = _indices(request)
    act = request.POST.get("act", "")
    try:
        if act == TAKE_BACK:
            mending.forget(team, dataset, indices)
        else:
            label = _label(dataset, request.POST.getlist("label")) if act == RELABEL else None
            corrections = [Correction(index=index, label=label) for index in indices]
            mending.correct(team, request.user, dataset, corrections, ambiguous=act == AMBIGUOUS)
    except mending.CorrectionRefused as error:
        messages.error(request, str(error))
    if not indices:
        messages.info(request, str(Message("Choose at least one example first.")))
    return redirect(_back(request, dataset))


@requires(Role.MEMBER)
@require_POST
def forget(request: HttpRequest, name: str) -> HttpResponse:
    """Take back everything that is not in a version yet."""
    dataset = dataset_or_404(request, name)
    count = mending.forget(team_of(request), dataset)
    taken = Message("{count} correction is discarded.", plural="{count} corrections are discarded.", count=count)
    messages.success(request, str(taken))
    return redirect(_back(request, dataset))


@requires(Role.MEMBER)
@require_POST
def mend(request: HttpRequest, name: str) -> HttpResponse:
    """Make the next version of the corrections."""
    dataset = dataset_or_404(request, name)
    try:
        return redirect(mending.make_version(team_of(request), request.user, dataset))
    except mending.CorrectionRefused as error:
        messages.error(request, str(error))
    return redirect(_back(request, dataset))


@requires(Role.MEMBER)
@require_POST
def train(request: HttpRequest, name: str) -> HttpResponse:
    """Train the spec of a run on this version, and show both runs side by side."""
    dataset = dataset_or_404(request, name)
    try:
        id = UUID(request.POST.get("run", ""))
    except ValueError:
        messages.error(request, str(Message("Choose a run whose spec is to be trained.")))
        return redirect(dataset)
    before = get_run(request.user, id, Role.MEMBER)
    if before.experiment.team != team_of(request):
        raise Http404(Message("There is no such run."))
    try:
        run = train_on(dataset, before, user=person_of(request))
    except SpecError as error:
        messages.error(request, str(error))
        return redirect(dataset)
    return redirect(f"{reverse('compare')}?runs={before.pk},{run.pk}")


def _indices(request: HttpRequest) -> list[int]:
    given = (whole_number(text, digits=9) for text in request.POST.getlist("index"))
    return [index for index in given if index is not None]


def _label(dataset: Dataset, chosen: list[str]) -> Label:
    """A label from a form: a class, all labels of an example, or a number where the target is one."""
    if dataset.facts.task == "multilabel":
        return tuple(chosen)
    given = chosen[0] if chosen else ""
    if dataset.facts.task == "classification":
        return given
    try:
        return float(given.replace(",", "."))
    except ValueError:
        raise mending.CorrectionRefused(
            Message("{label} is no finite number. Give the value of the target.", label=repr(given[:40]))
        ) from None


def _back(request: HttpRequest, dataset: Dataset) -> str:
    """Where the person was: a page of the examples."""
    back = path_of_this_site(request.POST.get("back", ""))
    return back or f"{reverse('dataset-examples', args=[dataset.name])}?version={dataset.version}"
