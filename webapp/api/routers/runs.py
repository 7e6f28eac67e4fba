"""Runs: launch, list, get, stop, resume."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from trainer.spec import Spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import metric_for
from webapp.api import rows
from webapp.api.access import caller_of, checkpoint_for, run_for
from webapp.api.paging import PageOf, Pages, paged
from webapp.api.schemas import runs as schemas
from webapp.api.schemas.base import Refusal
from webapp.datasets.access import dataset_named
from webapp.experiments.models import Experiment
from webapp.launches import lifecycle
from webapp.metrics.curves import events_after
from webapp.runs.access import runs_of
from webapp.runs.models import Run
from webapp.teams.models import Role, Team, User

router = Router(tags=["Runs"])
EVENTS_AT_ONCE = 1000
LAUNCHED = {201: schemas.RunDetail, 403: Refusal, 404: Refusal}


@router.post("/runs", response=LAUNCHED, summary="Launch a run")
def launch_run(request: HttpRequest, body: schemas.NewRun) -> Any:
    """Queue a run of a spec. The experiment is created if the team has none of that name."""
    caller = caller_of(request, Role.MEMBER)
    spec = parse_spec(body.spec)
    parent = checkpoint_for(request, body.parent, Role.MEMBER) if body.parent else None
    about: dict[str, Any] = {"name": body.name, "notes": body.notes, "tags": body.tags, "parent": parent}
    with transaction.atomic():  # a refused spec must not leave a new experiment behind
        experiment = _experiment(caller.team, caller.user, body.experiment, spec)
        run = lifecycle.launch(experiment, spec, user=caller.user, **about)
    return Status(201, rows.run_detail(run))


@router.get("/runs", response=Pages[schemas.RunOut], summary="List runs")
def list_runs(request: HttpRequest, where: Query[schemas.RunQuery], page: Query[PageOf]) -> dict[str, Any]:
    """Return the team's runs, newest first."""
    runs = _filtered(runs_of(caller_of(request).team), where)
    return paged(runs.order_by("-created_at", "id"), page, lambda found: [rows.run_row(run) for run in found])


@router.get("/runs/{uuid:id}", response={200: schemas.RunDetail}, summary="Get a run")
def show_run(request: HttpRequest, id: UUID) -> dict[str, Any]:
    return rows.run_detail(run_for(request, id))


@router.get("/runs/{uuid:id}/metrics", response={200: schemas.MetricEvents}, summary="List metric events")
def run_metrics(request: HttpRequest, id: UUID, after: Query[schemas.After]) -> dict[str, Any]:
    """Return the events after event number `after`, oldest first, at most 1000.

    After an event of kind "started" with epoch k, discard earlier events beyond epoch k: the run resumed there.
    """
    run = run_for(request, id)
    return {"events": events_after(run, after.after, EVENTS_AT_ONCE), "last_seq": run.last_seq}


@router.post(
    "/runs/{uuid:id}/stop",
    response={202: schemas.RunDetail, 403: Refusal, 409: Refusal},
    summary="Stop a run",
)
def stop_run(request: HttpRequest, id: UUID) -> Any:
    """A queued run stops at once; a running one saves a checkpoint first, within seconds."""
    run = run_for(request, id, Role.MEMBER, change=True)
    lifecycle.request_stop(run, caller_of(request).user)
    return Status(202, _now(run))


@router.post(
    "/runs/{uuid:id}/resume",
    response={
        202: schemas.RunDetail,
        403: Refusal,
        409: Refusal,
    },
    summary="Resume a run",
)
def resume_run(request: HttpRequest, id: UUID, body: schemas.Resume) -> Any:
    """Resume from the latest checkpoint and train to the spec's number of epochs, or to more."""
    run = run_for(request, id, Role.MEMBER, change=True)
    lifecycle.resume(run, user=caller_of(request).user, epochs=body.epochs)
    return Status(202, _now(run))


def _now(run: Run) -> dict[str, Any]:
    run.refresh_from_db()
    return rows.run_detail(run)


def _experiment(team: Team, user: User, name: str, spec: Spec) -> Experiment:
    """Get or create the team's experiment of that name; a new one is about the spec's dataset."""
    dataset = dataset_named(team, spec.dataset.name)
    metric, mode = metric_for(dataset.facts)
    defaults = {"dataset": dataset, "metric": metric, "metric_mode": mode, "created_by": user}
    experiment, _ = Experiment.objects.get_or_create(team=team, name=name, defaults=defaults)
    return experiment


def _filtered(runs: QuerySet[Run], where: schemas.RunQuery) -> QuerySet[Run]:
    conditions = {"experiment__name": where.experiment, "state": where.state}
    conditions |= {"dataset__name": where.dataset}
    runs = runs.filter(**{lookup: value for lookup, value in conditions.items() if value is not None})
    return runs if where.tag is None else runs.alias(tags_text=Cast("tags", TextField())).filter(_tagged(where.tag))


def _tagged(tag: str) -> Q:
    """SQLite stores JSON text with escapes, PostgreSQL without, so either spelling of the tag matches."""
    return Q(tags_text__contains=json.dumps(tag)) | Q(tags_text__contains=json.dumps(tag, ensure_ascii=False))
