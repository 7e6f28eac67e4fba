"""Fetching experiments of a team, with the check that the person may see or change them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.teams.access import OwnedBy, check
from webapp.teams.models import Role, Team


def get_experiment(
    user: Any, experiment_id: uuid.UUID, role: Role = Role.VIEWER, *, change: bool = False
) -> Experiment:
    """Return the experiment if ``user`` has ``role`` in its team; ``change`` also requires owning it or being admin.

    Raises ``Http404`` for outsiders, ``PermissionDenied`` for low roles.
    """
    experiment = Experiment.objects.filter(id=experiment_id).select_related("team", "created_by", "dataset").first()
    if experiment is None:
        raise Http404(Message("There is no such experiment."))
    check(user, experiment.team, role, change=OwnedBy(experiment.created_by) if change else None)
    return experiment


def experiments_of(team: Team) -> QuerySet[Experiment]:
    """All experiments of ``team``, archived ones included."""
    return Experiment.objects.filter(team=team).select_related("dataset").defer(*Dataset.heavy_fields_of("dataset"))
