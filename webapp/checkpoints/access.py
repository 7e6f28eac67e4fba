"""Checkpoints, evaluations and predictions, fetched together with the check that a person may see or change them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404

from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.teams.access import OwnedBy, check
from webapp.teams.models import Role


def checkpoint_of(user: Any, id: UUID, role: Role = Role.VIEWER) -> Checkpoint:
    """The checkpoint, for a member of its team with at least ``role``."""
    rows = Checkpoint.objects.select_related("run__experiment__team", "run__dataset", "run__created_by")
    checkpoint = get_object_or_404(rows, id=id, run__deleted_at=None)
    check(user, checkpoint.run.experiment.team, role)
    return checkpoint


def own_checkpoint_of(user: Any, id: UUID) -> Checkpoint:
    """The checkpoint, for the person whose run it is or an admin."""
    checkpoint = checkpoint_of(user, id, Role.MEMBER)
    check(user, checkpoint.run.experiment.team, Role.MEMBER, change=OwnedBy(checkpoint.run.created_by))
    return checkpoint


def evaluation_of(user: Any, id: UUID, role: Role = Role.VIEWER) -> Evaluation:
    """The evaluation, for a member of its team with at least ``role``."""
    rows = Evaluation.objects.select_related(
        "checkpoint__run__experiment__team",
        "checkpoint__run__dataset",
        "checkpoint__run__created_by",
        "created_by",
        "dataset",
    )
    evaluation = get_object_or_404(rows, id=id, checkpoint__run__deleted_at=None)
    check(user, evaluation.checkpoint.run.experiment.team, role)
    return evaluation


def prediction_of(user: Any, id: UUID) -> Prediction:
    """The prediction, for a member of its team."""
    rows = Prediction.objects.select_related(
        "checkpoint__run__experiment__team", "checkpoint__run__created_by", "created_by"
    )
    prediction = get_object_or_404(rows, id=id, checkpoint__run__deleted_at=None)
    check(user, prediction.checkpoint.run.experiment.team)
    return prediction


def own_prediction_of(user: Any, id: UUID) -> Prediction:
    """The prediction, for the person who made it or an admin."""
    prediction = prediction_of(user, id)
    team = prediction.checkpoint.run.experiment.team
    check(user, team, Role.MEMBER, change=OwnedBy(prediction.created_by))
    return prediction
