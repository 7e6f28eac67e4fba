"""Which checkpoint is the latest and which the best: always queried, never stored."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from webapp.checkpoints.models import Checkpoint
from webapp.runs.models import Run

NEWEST_FIRST = ("-epoch", "-step", "-attempt")
# A comparison with both infinities excludes NULL and NaN on SQLite and PostgreSQL alike.
# Inside an epoch nothing is measured: a value there, which older releases wrote, is that of the previous epoch.
MEASURED = Q(value__gt=-math.inf, value__lt=math.inf, step=0)


def kept() -> QuerySet[Checkpoint]:
    """Checkpoints whose files exist and are not damaged."""
    return Checkpoint.objects.filter(purged_at=None, damaged="")


def latest(run: Run) -> Checkpoint | None:
    """The checkpoint that is furthest in training: the one to resume from."""
    return kept().filter(run=run).order_by(*NEWEST_FIRST).first()


def best(run: Run) -> Checkpoint | None:
    """The checkpoint with the best value of the experiment's metric; the earliest among equals."""
    sign = "-" if run.experiment.metric_mode == "max" else ""
    return kept().filter(MEASURED, run=run).order_by(f"{sign}value", "epoch", "step", "-attempt").first()


def marked_ids(checkpoints: QuerySet[Checkpoint]) -> dict[str, QuerySet[Any]]:
    """Return the ids of the latest and of the best checkpoint of each run of ``checkpoints``, as queries.

    They are looked up once for each run, not for each checkpoint: a run may have hundreds.
    """
    runs = Run.objects.filter(pk__in=checkpoints.order_by().values("run_id"))
    siblings = kept().filter(run=OuterRef("pk"))
    measured = siblings.filter(MEASURED)
    highest = Subquery(measured.order_by("-value", "epoch", "step", "-attempt").values("id")[:1])
    lowest = Subquery(measured.order_by("value", "epoch", "step", "-attempt").values("id")[:1])
    marks = {
        "latest": Subquery(siblings.order_by(*NEWEST_FIRST).values("id")[:1]),
        "best": Case(When(experiment__metric_mode="max", then=highest), default=lowest),
    }
    return {mark: runs.annotate(marked=marked).values("marked") for mark, marked in marks.items()}


def with_marks(checkpoints: QuerySet[Checkpoint]) -> QuerySet[Checkpoint]:
    """Adds ``is_latest`` and ``is_best`` in the same query."""
    ids = marked_ids(checkpoints)
    return checkpoints.annotate(
        is_latest=Case(When(id__in=ids["latest"], then=True), default=False),
        is_best=Case(When(id__in=ids["best"], then=True), default=False),
    )


@dataclass(frozen=True)
class Marks:
    """Whether a checkpoint is the latest or the best of its run, and whether it is pinned."""

    latest: bool
    best: bool
    pinned: bool


def marks(checkpoints: Iterable[Checkpoint]) -> dict[UUID, Marks]:
    """The marks of all ``checkpoints``, by id, in one query."""
    ids = [checkpoint.id for checkpoint in checkpoints]
    marked: QuerySet[Any] = with_marks(Checkpoint.objects.filter(id__in=ids))
    rows = marked.values_list("id", "is_latest", "is_best", "pinned")
    return {id: Marks(latest=latest, best=best, pinned=pinned) for id, latest, best, pinned in rows}
