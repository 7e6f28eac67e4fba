"""Pictures of the real data under the fields of augmentation, as the fields would change them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from trainer.messages.message import NOTHING, Message
from trainer.spec import Augmentation
from trainer.validation.augmentation import augmentation_warning
from webapp.datasets.models import Dataset
from webapp.jobs.lifecycle import why_waiting
from webapp.launches.augmentation import ask, preview_of_id
from webapp.launches.drafts.draft import Draft
from webapp.launches.drafts.requests import read_draft
from webapp.launches.models import AugmentationPreview
from webapp.teams.access import person_of, requires
from webapp.teams.models import Role

TEMPLATE = "launches/_augmented.html"


@requires(Role.MEMBER)
@require_POST
def launch_augmentation(request: HttpRequest) -> HttpResponse:
    """Ask a worker what the augmentation in the form does, unless there is nothing to ask."""
    draft = read_draft(request)
    draft.check()
    context = before_asking(draft)
    if context["can_ask"]:
        preview = ask(draft.team, person_of(request), context["dataset"], context["asked"])
        context |= of_preview(preview)
    return render(request, TEMPLATE, {"augmented": context, "is_alone": True})


@requires(Role.MEMBER)
@require_safe
def launch_augmentation_status(request: HttpRequest, preview_id: UUID) -> HttpResponse:
    """The part that is polled until there is an answer."""
    preview = preview_of_id(request.user, preview_id)
    asked = Augmentation.model_validate_json(json.dumps(preview.augmentation))
    context = {"warning": augmentation_warning(asked, preview.dataset.facts), **of_preview(preview)}
    return render(request, TEMPLATE, {"augmented": context, "is_alone": True})


def before_asking(draft: Draft) -> dict[str, Any]:
    """What is said of the form's augmentation before a worker is asked, and whether one can be."""
    dataset, asked = draft.data, _asked(draft)
    context: dict[str, Any] = {"dataset": dataset, "asked": asked, "can_ask": False, "sentence": NOTHING}
    if dataset is None or dataset.facts.kind != "image":
        return context
    if asked is None:
        return context | {"sentence": Message("Correct the fields above to see pictures.")}
    context["warning"] = augmentation_warning(asked, dataset.facts)
    if asked == Augmentation():
        sentence = Message(
            "Nothing is switched on. Change a field to see sixteen pictures as they would be trained on."
        )
        return context | {"sentence": sentence}
    if not _can_be_shown(dataset):
        return context | {"is_unprepared": True}
    return context | {"can_ask": True}


def of_preview(preview: AugmentationPreview) -> dict[str, Any]:
    """The preview as the page shows it."""
    return {
        "preview": preview,
        "is_waiting": not preview.is_finished,
        "why_waiting": why_waiting(preview),
        "examples": preview.result.get("examples", []),
    }


def _asked(draft: Draft) -> Augmentation | None:
    """The part of the form; ``None`` when one of its fields is wrong. Other parts of the form may be."""
    if any(problem.path[:1] == ("augmentation",) for problem in draft.spec_form.problems):
        return None
    try:
        return Augmentation.model_validate_json(json.dumps(draft.spec_form.values.get("augmentation")))
    except ValidationError:
        return None


def _can_be_shown(dataset: Dataset) -> bool:
    """Whether no worker would have to download or prepare it for long before it can show a picture."""
    return dataset.is_stored or dataset.facts.bundled
