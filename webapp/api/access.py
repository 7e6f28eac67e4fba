"""Rows for API clients: the same rules as on the pages, and only rows of the token's own team."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from trainer.messages.message import Message
from webapp.checkpoints.access import checkpoint_of, evaluation_of, own_checkpoint_of
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.datasets.access import upload_of
from webapp.datasets.models import Upload
from webapp.experiments.access import get_experiment
from webapp.experiments.models import Experiment
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.teams.access import role_too_low
from webapp.teams.models import Membership, Role, Team


def caller_of(request: Any, role: Role = Role.VIEWER) -> Membership:
    """Return the caller as a member of the token's team; raises ``PermissionDenied`` if the role is below ``role``."""
    caller: Membership = request.auth
    if not caller.allows(role):
        raise PermissionDenied(role_too_low(role, caller))
    return caller


def run_for(request: Any, id: UUID, role: Role = Role.VIEWER, *, change: bool = False, deleted: bool = False) -> Run:
    run = get_run(caller_of(request).user, id, role, change=change, deleted=deleted)
    _same_team(request, run.experiment.team)
    return run


def checkpoint_for(request: Any, id: UUID, role: Role = Role.VIEWER, *, change: bool = False) -> Checkpoint:
    user = caller_of(request).user
    checkpoint = own_checkpoint_of(user, id) if change else checkpoint_of(user, id, role)
    _same_team(request, checkpoint.run.experiment.team)
    return checkpoint


def experiment_for(request: Any, id: UUID) -> Experiment:
    experiment = get_experiment(caller_of(request).user, id)
    _same_team(request, experiment.team)
    return experiment


def evaluation_for(request: Any, id: UUID) -> Evaluation:
    evaluation = evaluation_of(caller_of(request).user, id)
    _same_team(request, evaluation.checkpoint.run.experiment.team)
    return evaluation


def upload_for(request: Any, id: UUID) -> Upload:
    upload = upload_of(caller_of(request).user, id)
    _same_team(request, upload.team)
    return upload


def _same_team(request: Any, team: Team) -> None:
    """A token of one team gives no access to another, even if the person is in both."""
    if caller_of(request).team != team:
        raise Http404(Message("Not found in the team of this token."))
