"""All examples of a dataset, page by page, and correcting their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.data.images import picture_of, shown_label, shown_row
from trainer.messages.message import NOTHING, Message
from webapp.checkpoints.access import evaluation_of
from webapp.checkpoints.models import Evaluation
from webapp.datasets import mending
from webapp.datasets.examples.filters import Filters
from webapp.datasets.examples.selection import Selection, findings_of, select
from webapp.datasets.models import Dataset, PendingCorrection
from webapp.datasets.versions import is_newest, left_out_of
from webapp.pages.datasets.fetching import dataset_or_404
from webapp.storage.bucket import StoreUnavailable
from webapp.storage.datasets.examples import NotStored, inputs_of, need_prepared, targets_of
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role

ON_A_PAGE = 60


@dataclass(frozen=True)
class Example:
    """One example: its label, what somebody says that it should be, and what is noted about it."""

    index: int
    label: Any
    shown: Any
    note: Message = NOTHING
    pending: PendingCorrection | None = None
    is_left_out: bool = False


@requires(Role.VIEWER)
@require_safe
def examples(request: HttpRequest, name: str) -> HttpResponse:
    dataset = dataset_or_404(request, name)
    try:
        context = _context(request, dataset)
    except (NotStored, StoreUnavailable) as error:
        context = {"dataset": dataset, "facts": dataset.facts, "unavailable": error.message}
    return render(request, "datasets/examples/page.html", context)


def _context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    team, facts = team_of(request), dataset.facts
    need_prepared(dataset)
    chosen, evaluation = _chosen(request), _evaluation(request, dataset)
    pending = {each.index: each for each in mending.pending_of(team, dataset)}
    targets = targets_of(dataset.content_hash)
    selection = select(dataset, targets, chosen, pending, evaluation.result if evaluation else None)
    is_latest = is_newest(dataset, team)
    page = Paginator(selection.indices, ON_A_PAGE).get_page(request.GET.get("page"))
    return {
        "dataset": dataset,
        "facts": facts,
        "chosen": chosen,
        "evaluation": evaluation,
        "page": page,
        "examples": _shown(dataset, targets, page, pending, selection),
        "pending": pending.values(),
        "findings": findings_of(dataset),
        "can_mend": is_latest and request.membership.allows(Role.MEMBER),  # type: ignore[attr-defined]
        "is_newest": is_latest,
        "columns": facts.feature_names if facts.kind == "table" else (),
    }


def _chosen(request: HttpRequest) -> Filters:
    given = {name: request.GET.get(name, "")[:1000] for name in ("split", "finding", "answers", "true", "predicted")}
    return Filters(
        class_name=request.GET.get("class", ""),
        is_pending=request.GET.get("show") == "pending",
        is_changed=request.GET.get("show") == "changed",
        **given,
    )


def _evaluation(request: HttpRequest, dataset: Dataset) -> Evaluation | None:
    """The evaluation of the address; one of other data says nothing about these examples."""
    given = request.GET.get("evaluation", "")
    if not given:
        return None
    try:
        evaluation = evaluation_of(request.user, UUID(given))
    except ValueError:
        raise Http404(Message("There is no such evaluation.")) from None
    if not evaluation.is_about(dataset):
        raise Http404(Message("There is no such evaluation."))
    return evaluation


def _shown(
    dataset: Dataset, targets: Any, page: Page[Any], pending: dict[int, PendingCorrection], selection: Selection
) -> list[Example]:
    facts, left_out = dataset.facts, left_out_of(dataset)
    indices = [int(index) for index in page.object_list]
    raw = inputs_of(dataset.content_hash, indices)
    is_image = facts.kind == "image"
    return [
        Example(
            index=index,
            label=shown_label(targets[index], facts),
            shown=picture_of(value, facts) if is_image else shown_row(value, facts),
            note=selection.notes.get(index, NOTHING),
            pending=pending.get(index),
            is_left_out=index in left_out,
        )
        for index, value in zip(indices, raw, strict=True)
    ]
