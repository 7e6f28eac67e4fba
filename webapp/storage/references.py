"""What refers to a checkpoint, and whether it may therefore be deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.checkpoints.selection import kept, marks
from webapp.jobs.lifecycle import UNFINISHED
from webapp.jobs.wording import state_in_words
from webapp.runs.models import Run


@dataclass(frozen=True)
class Use:
    """What refers to a checkpoint. ``resuming`` is its own run while it would resume from it after a crash; ``waiting``
    are those of its ``children`` without a checkpoint of their own yet, which would start from this one again."""

    children: tuple[Run, ...]
    waiting: tuple[Run, ...]
    evaluations: tuple[Evaluation, ...]
    predictions: tuple[Prediction, ...]
    resuming: Run | None

    @property
    def is_used(self) -> bool:
        """Whether retention keeps it: lineage or an evaluation refers to it, or a job is reading it."""
        return bool(self.children or self.evaluations or self.predictions or self.resuming)

    @property
    def objection(self) -> Message:
        """Why a person may not delete it; empty when they may.

        A finished evaluation does not prevent it, because its figures stay. Nor does a branch that has a checkpoint
        of its own, because it resumes from that.
        """
        if self.resuming:
            return Message(
                "{run} is {state} and resumes from this checkpoint. Stop the run first.",
                run=self.resuming.name,
                state=state_in_words(self.resuming.state),
            )
        if self.waiting:
            return Message(
                "{runs} begins with it and has no checkpoint yet. Wait for the first one, or delete that run.",
                plural="{runs} begin with it and have no checkpoint yet. Wait for the first one, or delete that run.",
                runs=", ".join(run.name for run in self.waiting[:3]),
                count=len(self.waiting),
            )
        if self.predictions or any(not evaluation.is_finished for evaluation in self.evaluations):
            return Message("A worker is reading it. Wait until the evaluation has finished, then delete it.")
        return Message("")


def use_of(checkpoint: Checkpoint) -> Use:
    """Everything that refers to ``checkpoint``."""
    return uses_of([checkpoint])[checkpoint.id]


def uses_of(checkpoints: Iterable[Checkpoint]) -> dict[UUID, Use]:
    """The uses of all ``checkpoints``, by id, in a constant number of queries."""
    checkpoints = list(checkpoints)
    ids = [checkpoint.id for checkpoint in checkpoints]
    of_child = kept().filter(run=OuterRef("pk"))
    branches = Run.objects.filter(parent__in=ids, deleted_at=None).annotate(has_own=Exists(of_child))
    children = _grouped(branches.select_related("experiment"), "parent_id")
    measured = Evaluation.objects.filter(checkpoint__in=ids).order_by("-created_at").select_related("created_by")
    # Results are large, and only the page of a single checkpoint shows them.
    evaluations = _grouped(measured.defer("result") if len(ids) > 1 else measured, "checkpoint_id")
    asked = Prediction.objects.filter(checkpoint__in=ids, state__in=UNFINISHED).defer("picture")
    predictions = _grouped(asked, "checkpoint_id")
    busy = [checkpoint for checkpoint in checkpoints if checkpoint.run.state in UNFINISHED]
    standing = marks(busy) if busy else {}
    return {
        each.id: Use(
            children=tuple(children[each.id]),
            waiting=tuple(run for run in children[each.id] if not run.has_own),
            evaluations=tuple(evaluations[each.id]),
            predictions=tuple(predictions[each.id]),
            resuming=each.run if each.id in standing and standing[each.id].latest else None,
        )
        for each in checkpoints
    }


def _grouped(rows: Iterable[Any], key: str) -> defaultdict[UUID, list[Any]]:
    groups: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


def used_ids(run: Run) -> set[UUID]:
    """The ids of the run's checkpoints that something refers to, in one query."""
    referred = (
        Q(children__isnull=False, children__deleted_at=None)
        | Q(evaluations__isnull=False)
        | Q(predictions__state__in=UNFINISHED)
    )
    return set(run.checkpoints.filter(referred).values_list("id", flat=True))
