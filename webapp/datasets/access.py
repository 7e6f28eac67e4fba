"""The datasets that a team may use: those that all teams share, and its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from webapp.datasets.models import Dataset, Upload
from webapp.teams.access import OwnedBy, check
from webapp.teams.models import Role, Team


def datasets_of(team: Team) -> QuerySet[Dataset]:
    """All of them, shared ones first, without their summaries."""
    mine = Dataset.objects.filter(Q(team=None) | Q(team=team)).defer("summary")
    return mine.order_by(F("team_id").asc(nulls_first=True), "created_at", "id")


def upload_of(user: Any, id: UUID) -> Upload:
    """The upload, for the person whose it is or an admin of its team."""
    upload = get_object_or_404(Upload.objects.select_related("team", "owner", "dataset"), id=id)
    check(user, upload.team, Role.MEMBER, change=OwnedBy(upload.owner))
    return upload


def find_dataset(team: Team, name: str) -> Dataset | None:
    """The newest version of the team's dataset ``name``, else of the shared one; ``None`` when there is neither."""
    own_first = F("team_id").desc(nulls_last=True)
    return datasets_of(team).filter(name=name).order_by(own_first, "-version").first()


def dataset_named(team: Team, name: str) -> Dataset:
    """The same; raises :class:`SpecError`, which lists the choices, when there is none."""
    found = find_dataset(team, name)
    if found is None:
        choices = ", ".join(datasets_of(team).values_list("name", flat=True))
        message = Message(
            "{name} given; accepted: {choices}. Choose one of these datasets.", name=repr(name[:64]), choices=choices
        )
        raise SpecError([Problem(("dataset", "name"), message)])
    return found
