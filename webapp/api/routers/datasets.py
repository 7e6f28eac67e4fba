"""Datasets, and bringing a team's own data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from trainer.validation.recipes import recipes_for
from webapp.api import rows
from webapp.api.access import caller_of, upload_for
from webapp.api.schemas import datasets as schemas
from webapp.api.schemas.base import Refusal
from webapp.datasets import uploading
from webapp.datasets.access import datasets_of, get_dataset, get_own_dataset
from webapp.datasets.plugins import check_parameters
from webapp.datasets.recognising import known_dataset
from webapp.datasets.uploading import Announced
from webapp.storage.datasets import receiving
from webapp.teams.models import Role

router = Router(tags=["Datasets and workers"])
REFUSALS = {403: Refusal}
CHANGES = {**REFUSALS, 409: Refusal}
BYTES = {"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/datasets", response=list[schemas.DatasetOut], summary="List datasets")
def list_datasets(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the datasets that the team's specs may name: those that all teams share, and its own."""
    return [rows.dataset_row(dataset) for dataset in datasets_of(caller_of(request).team)]


@router.get(
    "/datasets/{slug:name}/recipes",
    response={200: list[schemas.RecipeOut], **REFUSALS, 404: Refusal},
    summary="List recipes",
)
def list_recipes(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """Return the recipes for a dataset, the simplest first; `spec` is whole and can be launched as it is."""
    facts = get_dataset(caller_of(request).team, name).facts
    return [rows.recipe_row(recipe, facts) for recipe in recipes_for(facts)]


@router.post(
    "/datasets",
    response={200: schemas.UploadOut, 201: schemas.UploadOut, **CHANGES},
    summary="Begin the upload of a file",
)
def begin_upload(request: HttpRequest, body: schemas.NewUpload) -> Any:
    """Return the upload of a file that is to become a dataset; send its bytes in parts, beginning at `received_bytes`.

    An unfinished upload of the same name, size and hash is continued. If the team has a dataset of a file with the same
    `sha256`, the answer is 200 and names it in `dataset`: nothing need be sent.
    """
    caller = caller_of(request, Role.MEMBER)
    announced = Announced(body.name, body.num_bytes, sha256=body.sha256)
    known = None if body.again else known_dataset(caller.team, body.num_bytes, sha256=body.sha256)
    if known is not None:
        return rows.upload_row(uploading.known_upload(caller.team, caller.user, announced, known))
    return Status(201, rows.upload_row(receiving.begin(caller.team, caller.user, announced)))


@router.put(
    "/uploads/{uuid:id}/part",
    response={200: schemas.UploadOut, **CHANGES},
    summary="Send a part of the file",
    openapi_extra=BYTES,
)
def send_part(request: HttpRequest, id: UUID, part: Query[schemas.Part]) -> dict[str, Any]:
    """Store the bytes of the body; after the last part a worker reads the file. A part has at most 2 MiB."""
    upload = upload_for(request, id)
    receiving.append(upload, part.offset, request.body)
    return rows.upload_row(upload)


@router.get("/uploads/{uuid:id}", response={200: schemas.UploadOut, **REFUSALS}, summary="Get an upload")
def show_upload(request: HttpRequest, id: UUID) -> dict[str, Any]:
    return rows.upload_row(upload_for(request, id))


@router.post("/uploads/{uuid:id}/look", response={202: schemas.UploadOut, **CHANGES}, summary="Have a file read again")
def look_again(request: HttpRequest, id: UUID, body: schemas.ChoicesIn) -> Any:
    """Have a worker read the file with these choices; poll the upload until it has."""
    upload = upload_for(request, id)
    check_parameters(upload, body)
    uploading.look(upload, body)
    return Status(202, rows.upload_row(upload))


@router.post(
    "/uploads/{uuid:id}/accept", response={202: schemas.UploadOut, **CHANGES}, summary="Make a dataset of an upload"
)
def accept_upload(request: HttpRequest, id: UUID, into: Query[schemas.Into]) -> Any:
    """Have a worker prepare the data as it was understood; `dataset` is then the name to use in a spec."""
    upload = upload_for(request, id)
    receiving.accept(upload, get_own_dataset(upload.team, into.version_of) if into.version_of else None)
    return Status(202, rows.upload_row(upload))


@router.post("/uploads/{uuid:id}/discard", response={204: None, **REFUSALS}, summary="Discard an upload")
def discard_upload(request: HttpRequest, id: UUID) -> Any:
    """Remove the file; a dataset that it became stays."""
    uploading.discard(upload_for(request, id))
    return Status(204, None)
