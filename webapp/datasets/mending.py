"""Corrections of labels: said one by one, kept until somebody makes the next version of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from trainer.data.versions.corrections import Correction
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.datasets.models import Dataset, PendingCorrection
from webapp.datasets.versions import is_newest, next_version
from webapp.jobs.dispatch import notify_workers
from webapp.teams.models import Team

MOST_AT_ONCE = 10_000


class CorrectionRefused(Explained):
    """Corrections that cannot be made. The message says what is accepted."""


def pending_of(team: Team, dataset: Dataset) -> QuerySet[PendingCorrection]:
    """What the team's people have said about examples of ``dataset`` and is not in a version yet."""
    return PendingCorrection.objects.filter(team=team, dataset=dataset).select_related("author")


def correct(
    team: Team, user: Any, dataset: Dataset, corrections: Iterable[Correction], *, ambiguous: bool = False
) -> None:
    """Keep the corrections until :func:`make_version`; a later one of the same example takes its place.

    Raises :class:`CorrectionRefused`, before anything is kept, for an example or a class that does not exist, and when
    there is a later version.
    """
    given = list(corrections)
    _refuse_old(team, dataset)
    if len(given) > MOST_AT_ONCE:
        raise CorrectionRefused(
            Message("{count:,} corrections given; accepted: at most {most:,}.", count=len(given), most=MOST_AT_ONCE)
        )
    for each in given:
        if problem := each.problem(dataset.facts):
            raise CorrectionRefused(problem)
    said = [
        PendingCorrection(
            team=team, dataset=dataset, index=each.index, label=each.label, is_ambiguous=ambiguous, author=user
        )
        for each in {each.index: each for each in given}.values()
    ]
    PendingCorrection.objects.bulk_create(
        said,
        update_conflicts=True,
        unique_fields=["team", "dataset", "index"],
        update_fields=["label", "is_ambiguous", "author", "said_at"],
    )


def forget(team: Team, dataset: Dataset, indices: Iterable[int] | None = None) -> int:
    """Take back corrections of ``indices``, or all; returns how many there were."""
    pending = pending_of(team, dataset)
    chosen = pending if indices is None else pending.filter(index__in=list(indices)[:MOST_AT_ONCE])
    return chosen.delete()[0]


def make_version(team: Team, user: Any, dataset: Dataset) -> Dataset:
    """Have a worker make the next version of all pending corrections; returns its row.

    Raises :class:`CorrectionRefused` when there are none, when there is a later version, or before it is stored.
    """
    _refuse_old(team, dataset)
    if not dataset.is_stored:
        raise CorrectionRefused(Message("{dataset} is not prepared yet. Prepare it first.", dataset=dataset.name))
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        pending = list(pending_of(team, dataset).select_for_update(of=("self",)))
        if not pending:
            raise CorrectionRefused(Message("There are no corrections. Correct at least one label first."))
        made = Dataset.objects.create(
            team=team,
            owner=user,
            name=dataset.name,
            version=next_version(team, dataset.name),
            facts=dataset.facts,
            base=dataset,
            corrections=[
                {"index": each.index, "label": each.label} | ({"ambiguous": True} if each.is_ambiguous else {})
                for each in pending
            ],
        )
        PendingCorrection.objects.filter(pk__in=[each.pk for each in pending]).delete()
        notify_workers(made)
    return made


def _refuse_old(team: Team, dataset: Dataset) -> None:
    if not is_newest(dataset, team):
        raise CorrectionRefused(
            Message(
                "There is a later version of {dataset} than {version}. Mend the latest one.",
                dataset=dataset.name,
                version=dataset.version,
            )
        )
