"""Versions of a dataset: correcting labels, making a version of the corrections, and training on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from trainer.data.versions.corrections import Correction
from trainer.messages.message import Message
from webapp.api import rows
from webapp.api.access import caller_of, evaluation_for, run_for
from webapp.api.examples import examples_of
from webapp.api.paging import PageOf, Pages
from webapp.api.schemas import versions as schemas
from webapp.api.schemas.base import Refusal
from webapp.api.schemas.runs import RunDetail
from webapp.datasets import mending
from webapp.datasets.access import get_dataset, get_version
from webapp.datasets.versions import versions_of
from webapp.launches.on_version import train_on
from webapp.teams.models import Role

router = Router(tags=["Versions of datasets"])
REFUSALS = {403: Refusal, 404: Refusal}
CHANGES = {**REFUSALS, 409: Refusal}


@router.get(
    "/datasets/{slug:name}/versions", response={200: list[schemas.VersionOut], **REFUSALS}, summary="List versions"
)
def list_versions(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """Return all versions of a dataset, the newest first."""
    team = caller_of(request).team
    get_dataset(team, name)
    return [rows.version_row(version) for version in versions_of(team, name, with_summaries=True)]


@router.get(
    "/datasets/{slug:name}/examples",
    response={200: Pages[schemas.ExampleOut], **CHANGES},
    summary="List examples",
)
def list_examples(
    request: HttpRequest, name: str, where: Query[schemas.ExampleQuery], page: Query[PageOf]
) -> dict[str, Any]:
    """Return the examples of a dataset that fit, in order: the worst mistakes and likeliest label problems first."""
    team = caller_of(request).team
    dataset = get_version(team, name, where.version) if where.version else get_dataset(team, name)
    evaluation = evaluation_for(request, where.evaluation) if where.evaluation else None
    if evaluation is not None and not evaluation.is_about(dataset):
        raise Http404(Message("There is no such evaluation."))
    return examples_of(dataset, where, page, evaluation)


@router.get(
    "/datasets/{slug:name}/corrections",
    response={200: list[schemas.PendingOut], **REFUSALS},
    summary="List corrections",
)
def list_corrections(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """Return the corrections of the newest version that are not in a version yet."""
    team = caller_of(request).team
    return [rows.pending_row(each) for each in mending.pending_of(team, get_dataset(team, name))]


@router.post(
    "/datasets/{slug:name}/corrections", response={201: list[schemas.PendingOut], **CHANGES}, summary="Correct labels"
)
def correct_labels(request: HttpRequest, name: str, body: schemas.Corrections) -> Any:
    """Keep corrections of the newest version until a version is made of them; returns all that wait."""
    caller = caller_of(request, Role.MEMBER)
    dataset = get_dataset(caller.team, name)
    given = [Correction.model_validate(each.model_dump()) for each in body.corrections]
    mending.correct(caller.team, caller.user, dataset, given, ambiguous=body.ambiguous)
    return Status(201, [rows.pending_row(each) for each in mending.pending_of(caller.team, dataset)])


@router.post(
    "/datasets/{slug:name}/corrections/discard", response={204: None, **REFUSALS}, summary="Take corrections back"
)
def discard_corrections(request: HttpRequest, name: str, body: schemas.Indices) -> Any:
    """Take back corrections that are not in a version yet."""
    team = caller_of(request, Role.MEMBER).team
    mending.forget(team, get_dataset(team, name), body.indices)
    return Status(204, None)


@router.post("/datasets/{slug:name}/versions", response={202: schemas.VersionOut, **CHANGES}, summary="Make a version")
def make_version(request: HttpRequest, name: str) -> Any:
    """Have a worker make the next version of all corrections; poll the versions until it is ready."""
    caller = caller_of(request, Role.MEMBER)
    made = mending.make_version(caller.team, caller.user, get_dataset(caller.team, name))
    return Status(202, rows.version_row(made))


@router.post("/runs/{uuid:id}/train-on", response={201: RunDetail, **REFUSALS}, summary="Train on another version")
def train_on_version(request: HttpRequest, id: UUID, body: schemas.TrainOn) -> Any:
    """Queue a run of the same spec on another version of its data, and measure this one's best checkpoint on that."""
    caller = caller_of(request, Role.MEMBER)
    run = run_for(request, id, Role.MEMBER)
    version = get_version(caller.team, run.dataset.name, body.version)
    return Status(201, rows.run_detail(train_on(version, run, user=caller.user)))
