"""The datasets that a team may use: those that all teams share, and its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from webapp.datasets.models import Dataset, Upload
from webapp.datasets.versions import versions_of
from webapp.teams.access import OwnedBy, check
from webapp.teams.models import Role, Team


def datasets_of(team: Team) -> QuerySet[Dataset]:
    """The newest usable version of each, shared ones first, without their summaries.

    A team's own hides a shared one of the same name.
    """
    usable = Dataset.objects.filter(Q(version=1) | ~Q(content_hash=""), Q(team=None) | Q(team=team))
    is_later = Q(version__gt=OuterRef("version")) | Q(team=team, version__gte=OuterRef("version"))
    later = usable.filter(is_later, name=OuterRef("name")).exclude(pk=OuterRef("pk"))
    shown = usable.filter(~Exists(later)).defer(*Dataset.heavy_fields)
    return shown.order_by(F("team_id").asc(nulls_first=True), "created_at", "id")


def own_datasets_of(team: Team) -> QuerySet[Dataset]:
    """The newest usable version of each that only the team has."""
    return datasets_of(team).filter(team=team)


def upload_of(user: Any, id: UUID) -> Upload:
    """The upload, for the person whose it is or an admin of its team."""
    upload = get_object_or_404(Upload.objects.select_related("team", "owner", "dataset"), id=id)
    check(user, upload.team, Role.MEMBER, change=OwnedBy(upload.owner))
    return upload


def find_dataset(team: Team, name: str) -> Dataset | None:
    """The newest usable version of the team's dataset ``name``, else of the shared one; ``None`` for neither."""
    return datasets_of(team).filter(name=name).first()


def get_dataset(team: Team, name: str) -> Dataset:
    """As :func:`find_dataset`; raises ``Http404`` when there is none."""
    found = find_dataset(team, name)
    if found is None:
        raise Http404(Message("There is no such dataset."))
    return found


def get_own_dataset(team: Team, name: str) -> Dataset:
    """The newest usable version of the dataset that only the team has; raises ``Http404`` when there is none."""
    found = own_datasets_of(team).filter(name=name).first()
    if found is None:
        raise Http404(Message("There is no such dataset of your team."))
    return found


def get_version(team: Team, name: str, number: int | None) -> Dataset:
    """The version of that number; the team's own when there is a shared one of the same number.

    Raises ``Http404`` when there is none, or when what was given is no number.
    """
    found = None
    if number is not None:
        numbered = versions_of(team, name).filter(version=number)
        found = numbered.order_by(F("team_id").desc(nulls_last=True)).first()
    if found is None:
        raise Http404(Message("There is no such version."))
    return found


def dataset_named(team: Team, name: str) -> Dataset:
    """As :func:`find_dataset`; raises :class:`SpecError`, which lists the choices, when there is none."""
    found = find_dataset(team, name)
    if found is None:
        choices = ", ".join(datasets_of(team).values_list("name", flat=True))
        message = Message(
            "{name} given; accepted: {choices}. Choose one of these datasets.", name=repr(name[:64]), choices=choices
        )
        raise SpecError([Problem(("dataset", "name"), message)])
    return found
