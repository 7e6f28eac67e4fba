"""The space that checkpoints take, freeing some of it, and the team's quota."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from trainer.messages.message import Message
from webapp.api import rows
from webapp.api.access import caller_of, experiment_for, run_for
from webapp.api.schemas.base import Refusal
from webapp.api.schemas.runs import Deleted, Purged, RunDetail
from webapp.api.schemas.space import Free, FreedOut, FreeingPlan, FreeingQuery, Quota, SpaceOut, SpaceQuery, TeamSpace
from webapp.checkpoints.listing import checkpoints_of
from webapp.jobs.lifecycle import WrongState
from webapp.launches import lifecycle
from webapp.operators import operating
from webapp.runs.models import Run
from webapp.storage import freeing, purging, quota
from webapp.teams.access import check_operator
from webapp.teams.models import Role

router = Router(tags=["Space"])
REFUSALS = {403: Refusal}


@router.get("/space", response={200: SpaceOut, 404: Refusal}, summary="Get storage usage")
def show_space(request: HttpRequest, where: Query[SpaceQuery]) -> dict[str, Any]:
    """Return the size of the checkpoints of the team, a run or an experiment, and the team's usage and quota."""
    team = caller_of(request).team
    asked = quota.stored().filter(run__experiment__team=team)
    if where.run is not None:
        asked = asked.filter(run=run_for(request, where.run, deleted=True))
    if where.experiment is not None:
        asked = asked.filter(run__experiment=experiment_for(request, where.experiment))
    return {"num_checkpoints": asked.count(), "num_bytes": quota.stored_bytes(asked), "team": quota.usage_of(team)}


@router.put("/space/quota", response={200: TeamSpace, 403: Refusal}, summary="Set the team's quota")
def set_quota(request: HttpRequest, body: Quota) -> quota.Usage:
    """Limit what the team's checkpoints may take; null lifts the limit. For operators of the site."""
    user, team = caller_of(request).user, caller_of(request).team
    check_operator(user)
    operating.set_quota(team, body.quota_bytes, user)
    return quota.usage_of(team)


@router.get(
    "/checkpoints/free",
    response={200: FreeingPlan, 404: Refusal, **REFUSALS},
    summary="Preview freeing checkpoints",
)
def plan_freeing(request: HttpRequest, where: Query[FreeingQuery]) -> dict[str, Any]:
    """Return which of your checkpoints (as an admin: the team's) would be freed. Changes nothing."""
    caller = caller_of(request, Role.MEMBER)
    if where.run is not None:
        run_for(request, where.run)
    if where.experiment is not None:
        experiment_for(request, where.experiment)
    cleaning = freeing.Cleaning({"chosen": "1", **where.dict(exclude_none=True)})
    found = freeing.of_person(cleaning.among(checkpoints_of(caller.team)), caller)
    plan = freeing.plan_for(found, caller)
    return {
        "num_bytes": plan.num_bytes,
        "going": [rows.freed_row(each.checkpoint, each.num_bytes) for each in plan.going],
        "staying": [rows.staying_row(each.checkpoint, each.stays) for each in plan.staying],
        "more": plan.more,
    }


@router.post("/checkpoints/free", response={200: FreedOut, **REFUSALS}, summary="Free checkpoints")
def free(request: HttpRequest, body: Free) -> dict[str, Any]:
    """Delete the files of these checkpoints. Each is checked again; those that stay are returned with the reason."""
    caller = caller_of(request, Role.MEMBER)
    chosen = checkpoints_of(caller.team).filter(id__in=body.checkpoints, purged_at=None)
    freed = freeing.free(chosen.order_by("created_at", "id"), caller)
    return {
        "num_bytes": freed.num_bytes,
        "gone": [checkpoint.id for checkpoint in freed.gone],
        "staying": [rows.staying_row(checkpoint, reason) for checkpoint, reason in freed.stayed],
    }


@router.post(
    "/runs/{uuid:id}/delete",
    response={200: Deleted, 409: Refusal, **REFUSALS},
    summary="Delete a run",
    description="Remove the run from all lists. It can be restored for some days; after that, its files are deleted.",
)
def delete_run(request: HttpRequest, id: UUID) -> dict[str, Any]:
    run = run_for(request, id, Role.MEMBER, change=True)
    lifecycle.delete(run, caller_of(request).user)
    return _deleted(run)


@router.post("/runs/{uuid:id}/restore", response={200: RunDetail, 409: Refusal, **REFUSALS}, summary="Restore a run")
def restore_run(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Undo the deletion of a run."""
    run = run_for(request, id, Role.MEMBER, change=True, deleted=True)
    lifecycle.restore(run, caller_of(request).user)
    run.refresh_from_db()
    return rows.run_detail(run)


@router.get(
    "/runs/{uuid:id}/purge",
    response={200: Deleted, 409: Refusal, **REFUSALS},
    summary="Preview a purge",
)
def plan_purge(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Return when the files of a deleted run are removed, how many bytes that frees, and what stays and why."""
    run = run_for(request, id, deleted=True)
    if run.deleted_at is None:
        raise WrongState(Message("{run} is not deleted. Delete it first.", run=str(run)))
    return _deleted(run)


@router.post("/runs/{uuid:id}/purge", response={200: Purged, 409: Refusal, **REFUSALS}, summary="Purge a run")
def purge_run(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Delete the files of a deleted run now. For admins."""
    run = run_for(request, id, Role.ADMIN, deleted=True)
    return {"num_bytes": purging.purge(run, caller_of(request).user)}


def _deleted(run: Run) -> dict[str, Any]:
    run.refresh_from_db()
    plan = purging.purge_plan(run)
    return {
        "run": run.id,
        "due_at": plan.due_at,
        "num_bytes": plan.num_bytes,
        "going": [checkpoint.id for checkpoint in plan.going],
        "staying": [rows.staying_row(checkpoint, reason) for checkpoint, reason in plan.staying],
    }
