"""Exactness of a run: check its resume, reproduce it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from webapp.api import rows
from webapp.api.access import caller_of, run_for
from webapp.api.schemas import runs as schemas
from webapp.api.schemas.base import Refusal
from webapp.launches import reproduction, verification
from webapp.teams.models import Role

router = Router(tags=["Runs"])
REFUSALS = {403: Refusal}


@router.post(
    "/runs/{uuid:id}/check-resume", response={202: schemas.ResumeCheckOut, **REFUSALS}, summary="Start a resume check"
)
def check_resume(request: HttpRequest, id: UUID) -> Any:
    """Queue a check that trains a few epochs of the spec uninterrupted, and again with a kill and a resume.

    If a check is already queued or running, it is returned instead. The run's `resume_check` has the result.
    """
    run = run_for(request, id, Role.MEMBER)
    return Status(202, rows.resume_check_row(verification.ask(run, caller_of(request).user)))


@router.post(
    "/runs/{uuid:id}/reproduce",
    response={201: schemas.RunDetail, 409: Refusal, 422: Refusal, **REFUSALS},
    summary="Reproduce a run",
)
def reproduce_run(request: HttpRequest, id: UUID) -> Any:
    """Launch a finished run again from its spec; `reproductions` of either run reports whether the results match."""
    run = run_for(request, id, Role.MEMBER)
    return Status(201, rows.run_detail(reproduction.reproduce(run, caller_of(request).user)))
