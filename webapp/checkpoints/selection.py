"""Which checkpoint is the latest, which the best, and who uses one. Questions to the database, never a pointer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When

from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.runs.models import Run
from webapp.workers.models import JobState

NEWEST_FIRST = ("-epoch", "-step", "-attempt")
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
# A comparison with both infinities leaves out NULL and NaN on SQLite and PostgreSQL alike.
MEASURED = Q(value__gt=-math.inf, value__lt=math.inf)


def kept() -> QuerySet[Checkpoint]:
    """Checkpoints whose files are there and whole."""
    return Checkpoint.objects.filter(purged_at=None, damaged="")


def latest(run: Run) -> Checkpoint | None:
    """The checkpoint that is furthest in training: the one to go on from."""
    return kept().filter(run=run).order_by(*NEWEST_FIRST).first()


def best(run: Run) -> Checkpoint | None:
    """The checkpoint with the best value of the experiment's metric; of equals the earliest."""
    sign = "-" if run.experiment.metric_mode == "max" else ""
    return kept().filter(MEASURED, run=run).order_by(f"{sign}value", "epoch", "step", "-attempt").first()


def with_marks(checkpoints: QuerySet[Checkpoint]) -> QuerySet[Checkpoint]:
    """Adds ``latest_id`` and ``best_id`` of each row's run, in the same query."""
    siblings = kept().filter(run=OuterRef("run"))
    measured = siblings.filter(MEASURED)
    highest = Subquery(measured.order_by("-value", "epoch", "step", "-attempt").values("id")[:1])
    lowest = Subquery(measured.order_by("value", "epoch", "step", "-attempt").values("id")[:1])
    return checkpoints.annotate(
        latest_id=Subquery(siblings.order_by(*NEWEST_FIRST).values("id")[:1]),
        best_id=Case(When(run__experiment__metric_mode="max", then=highest), default=lowest),
    )


@dataclass(frozen=True)
class Marks:
    """What stands out about a checkpoint within its run."""

    latest: bool
    best: bool
    pinned: bool


def marks(checkpoints: Iterable[Checkpoint]) -> dict[UUID, Marks]:
    """The marks of all ``checkpoints``, by id, in one query."""
    ids = [checkpoint.id for checkpoint in checkpoints]
    marked: QuerySet[Any] = with_marks(Checkpoint.objects.filter(id__in=ids))
    rows = marked.values_list("id", "latest_id", "best_id", "pinned")
    return {id: Marks(latest=id == newest, best=id == top, pinned=pinned) for id, newest, top, pinned in rows}


@dataclass(frozen=True)
class Use:
    """Who uses a checkpoint. ``resuming`` is its own run while that would go on from it after a crash."""

    children: tuple[Run, ...]
    evaluations: tuple[Evaluation, ...]
    predictions: tuple[Prediction, ...]
    resuming: Run | None

    @property
    def is_used(self) -> bool:
        """Whether retention leaves it alone: lineage or a measurement refers to it, or somebody reads it now."""
        return bool(self.children or self.evaluations or self.predictions or self.resuming)

    @property
    def objection(self) -> str:
        """Why a person may not delete it, as a sentence; empty when they may.

        A finished evaluation is no objection: its figures stay when the files go.
        """
        if self.resuming:
            return f"{self.resuming} is {self.resuming.state} and goes on from this checkpoint. Stop the run first."
        if self.children:
            names = ", ".join(run.name for run in self.children[:3])
            return f"It is the start of {names}. Delete what was branched from it first."
        if self.predictions or any(not evaluation.is_finished for evaluation in self.evaluations):
            return "A worker reads it at the moment. Wait until the evaluation is done, then delete it."
        return ""


def use_of(checkpoint: Checkpoint) -> Use:
    """Everything that refers to ``checkpoint``."""
    run = checkpoint.run
    newest = latest(run) if run.state in UNFINISHED else None
    return Use(
        children=tuple(checkpoint.children.filter(deleted_at=None).select_related("experiment")),
        evaluations=tuple(checkpoint.evaluations.order_by("-created_at").select_related("created_by")),
        predictions=tuple(checkpoint.predictions.filter(state__in=UNFINISHED)),
        resuming=run if newest == checkpoint else None,
    )


def used_ids(run: Run) -> set[UUID]:
    """The ids of the run's checkpoints that something refers to, in one query."""
    referred = (
        Q(children__isnull=False, children__deleted_at=None)
        | Q(evaluations__isnull=False)
        | Q(predictions__state__in=UNFINISHED)
    )
    return set(run.checkpoints.filter(referred).values_list("id", flat=True))
