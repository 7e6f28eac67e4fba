"""Checkpoints and their evaluations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from ninja import Query, Router
from ninja.errors import HttpError
from ninja.responses import Status

from webapp.api import rows
from webapp.api.access import caller_of, checkpoint_for, evaluation_for
from webapp.api.paging import PageOf, Pages, paged
from webapp.api.schemas import checkpoints as schemas
from webapp.api.schemas.base import Refusal
from webapp.checkpoints import pins
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.evaluating import evaluate
from webapp.checkpoints.listing import checkpoints_of
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import marks
from webapp.datasets.access import get_version
from webapp.storage import verification
from webapp.storage.downloads import download
from webapp.teams.models import Role

router = Router(tags=["Checkpoints"])
CHANGES = {403: Refusal, 409: Refusal}


@router.get("/checkpoints", response=Pages[schemas.CheckpointOut], summary="List checkpoints")
def list_checkpoints(
    request: HttpRequest, where: Query[schemas.CheckpointQuery], page: Query[PageOf]
) -> dict[str, Any]:
    """Return the team's checkpoints, or those of one run, newest first."""
    found = checkpoints_of(caller_of(request).team)
    if where.run is not None:
        found = found.filter(run=where.run)
    return paged(found.order_by("-created_at", "-epoch", "id"), page, _shown)


@router.get("/checkpoints/{uuid:id}", response={200: schemas.CheckpointOut}, summary="Get a checkpoint")
def show_checkpoint(request: HttpRequest, id: UUID) -> dict[str, Any]:
    return _shown([checkpoint_for(request, id)])[0]


@router.get(
    "/checkpoints/{uuid:id}/download",
    response={404: Refusal, 410: Refusal},
    summary="Download a checkpoint",
    openapi_extra={
        "responses": {
            200: {
                "description": "The file.",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        }
    },
)
def download_checkpoint(request: HttpRequest, id: UUID, wanted: Query[schemas.Download]) -> HttpResponseBase:
    """Return the whole model (.keras), or its weights only (.weights.h5)."""
    checkpoint = checkpoint_for(request, id)
    try:
        return download(request, checkpoint, wanted.format)
    except FilesGone as gone:
        raise HttpError(410, str(gone)) from None


@router.post(
    "/checkpoints/{uuid:id}/evaluations",
    response={201: schemas.EvaluationOut, **CHANGES},
    summary="Evaluate a checkpoint",
)
def evaluate_checkpoint(request: HttpRequest, id: UUID, body: schemas.NewEvaluation) -> Any:
    """Queue an evaluation on the validation or test split; poll the evaluation until it has ended."""
    checkpoint, caller = checkpoint_for(request, id, Role.MEMBER), caller_of(request)
    version = get_version(caller.team, checkpoint.run.dataset.name, body.version) if body.version else None
    return Status(201, rows.evaluation_row(evaluate(checkpoint, body.split, caller.user, version)))


@router.post(
    "/checkpoints/{uuid:id}/verify",
    response={200: schemas.VerificationOut, **CHANGES},
    summary="Verify a checkpoint",
)
def verify_checkpoint(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Read every byte and compare it with what was written; `damaged` of the checkpoint then names the damage."""
    result = verification.verify_now(checkpoint_for(request, id, Role.MEMBER))
    return {"whole": result.whole, "sentence": result.sentence}


@router.post(
    "/checkpoints/{uuid:id}/pin",
    response={200: schemas.CheckpointOut, **CHANGES},
    summary="Pin or unpin a checkpoint",
)
def pin_checkpoint(request: HttpRequest, id: UUID, body: schemas.Pin) -> dict[str, Any]:
    """Keep the files regardless of the run's retention rule, or let that rule apply again."""
    checkpoint = checkpoint_for(request, id, change=True)
    pins.pin(checkpoint, body.pinned)
    return _shown([checkpoint])[0]


@router.post(
    "/checkpoints/{uuid:id}/note",
    response={200: schemas.CheckpointOut, **CHANGES},
    summary="Set the note of a checkpoint",
)
def note_checkpoint(request: HttpRequest, id: UUID, body: schemas.Note) -> dict[str, Any]:
    """Replace the note; an empty one removes it."""
    checkpoint = checkpoint_for(request, id, change=True)
    pins.note(checkpoint, body.note.strip())
    return _shown([checkpoint])[0]


@router.get("/evaluations/{uuid:id}", response={200: schemas.EvaluationOut}, summary="Get an evaluation")
def show_evaluation(request: HttpRequest, id: UUID) -> dict[str, Any]:
    return rows.evaluation_row(evaluation_for(request, id))


def _shown(found: list[Checkpoint]) -> list[dict[str, Any]]:
    marked = marks(found)
    return [rows.checkpoint_row(checkpoint, marked[checkpoint.id]) for checkpoint in found]
