"""Correcting labels, making a version of the corrections, and training on it."""

from __future__ import annotations

from collections.abc import Callable
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


@requires(Role.MEMBER)
@require_POST
def relabel(request: HttpRequest, name: str) -> HttpResponse:
    """Give the chosen examples a label."""
    dataset = dataset_or_404(request, name)
    return _correct(request, dataset, lambda: _label(dataset, request.POST.getlist("label")))


@requires(Role.MEMBER)
@require_POST
def leave_out(request: HttpRequest, name: str) -> HttpResponse:
    """Leave out the chosen examples; as ``ambiguous``, because nobody can tell their labels."""
    return _correct(request, dataset_or_404(request, name), lambda: None, ambiguous="ambiguous" in request.POST)


@requires(Role.MEMBER)
@require_POST
def take_back(request: HttpRequest, name: str) -> HttpResponse:
    """Take back what is said of the chosen examples."""
    dataset = dataset_or_404(request, name)
    mending.forget(team_of(request), dataset, _chosen(request))
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


def _correct(
    request: HttpRequest, dataset: Dataset, label: Callable[[], Label | None], *, ambiguous: bool = False
) -> HttpResponse:
    """Keep the label for the chosen examples, or say why it is refused, and show the same page again."""
    if chosen := _chosen(request):
        try:
            given = label()
            corrections = [Correction(index=index, label=given) for index in chosen]
            mending.correct(team_of(request), request.user, dataset, corrections, ambiguous=ambiguous)
        except mending.CorrectionRefused as error:
            messages.error(request, str(error))
    return redirect(_back(request, dataset))


def _chosen(request: HttpRequest) -> list[int]:
    """The examples that are chosen in the form; says so when there are none."""
    given = (whole_number(text, digits=9) for text in request.POST.getlist("index"))
    indices = [index for index in given if index is not None]
    if not indices:
        messages.info(request, str(Message("Choose at least one example first.")))
    return indices


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
