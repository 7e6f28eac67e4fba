"""Runs of a team, fetched with the check that the person may see or change them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.jobs.lifecycle import UNFINISHED
from webapp.runs.models import Run
from webapp.teams.access import OwnedBy, check
from webapp.teams.models import Role, Team


def get_run(
    user: Any, run_id: uuid.UUID, role: Role = Role.VIEWER, *, change: bool = False, deleted: bool = False
) -> Run:
    """The run, when ``user`` has ``role`` in its team; ``change`` also requires that it is theirs or they are admin.

    Deleted runs are found only with ``deleted``. Raises ``Http404`` for outsiders, ``PermissionDenied`` for low roles.
    """
    rows = Run.objects.select_related(
        "experiment__team", "dataset", "created_by", "worker", "parent__run", "reproduces"
    )
    run = rows.filter(id=run_id).first()
    if run is None or (run.deleted_at is not None and not deleted):
        raise Http404(Message("There is no such run."))
    check(user, run.experiment.team, role, change=OwnedBy(run.created_by) if change else None)
    return run


def runs_of(team: Team) -> QuerySet[Run]:
    """All runs of ``team`` that are not deleted."""
    mine = Run.objects.filter(experiment__team=team, deleted_at=None)
    return mine.select_related("experiment", "dataset", "created_by").defer(*Dataset.heavy_fields_of("dataset"))


def num_active(team: Team) -> int:
    """How many runs of the team are queued or running."""
    return Run.objects.filter(experiment__team=team, deleted_at=None, state__in=UNFINISHED).count()
