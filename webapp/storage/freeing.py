"""Freeing space: which checkpoints would be removed, how many bytes that frees, and which stay and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import Marks, marks, with_marks
from webapp.jobs.lifecycle import UNFINISHED
from webapp.storage import retention, store
from webapp.storage.references import uses_of
from webapp.teams.access import may_change
from webapp.teams.models import Membership, Role, User

# The size of each is read from the disk and the bucket, and each has a line on the page.
MOST_AT_ONCE = 500


class Cleaning(forms.Form):
    """Which of the checkpoints that match the list's filters to remove. Each ticked box excludes some."""

    older = forms.IntegerField(
        label=_("Older than (days)"),
        required=False,
        min_value=0,
        max_value=36500,
        error_messages={"invalid": _("Give a whole number of days, or nothing for any age.")},
    )
    ended = forms.BooleanField(label=_("of runs that have ended"), required=False)
    best = forms.BooleanField(label=_("the best of each run"), required=False)
    latest = forms.BooleanField(label=_("the latest of each run"), required=False)
    evaluated = forms.BooleanField(label=_("those with evaluations"), required=False)
    run = forms.UUIDField(required=False, widget=forms.HiddenInput)
    experiment = forms.UUIDField(required=False, widget=forms.HiddenInput)

    CAUTIOUS = {"ended": "on", "best": "on", "latest": "on", "evaluated": "on"}  # noqa: RUF012 - never changed

    def __init__(self, given: dict[str, Any]) -> None:
        """``given`` are the parameters of the address; without ``chosen`` the boxes keep their defaults."""
        super().__init__(given if "chosen" in given else self.CAUTIOUS | given, auto_id="free-%s")

    @property
    def boxes(self) -> list[forms.BoundField]:
        return [self[name] for name in ("best", "latest", "evaluated")]

    def among(self, checkpoints: QuerySet[Checkpoint]) -> QuerySet[Checkpoint]:
        """Those of ``checkpoints`` that match; none while a field is invalid."""
        if not self.is_valid():
            return checkpoints.none()
        wanted = self.cleaned_data
        checkpoints = with_marks(checkpoints.filter(purged_at=None))
        checkpoints = checkpoints.filter(run=wanted["run"]) if wanted["run"] else checkpoints
        if wanted["experiment"]:
            checkpoints = checkpoints.filter(run__experiment=wanted["experiment"])
        if wanted["older"]:
            checkpoints = checkpoints.filter(created_at__lt=timezone.now() - timedelta(days=wanted["older"]))
        left_alone = {
            "ended": Q(run__state__in=UNFINISHED),
            "best": Q(is_best=True),
            "latest": Q(is_latest=True),
            "evaluated": Q(evaluations__isnull=False),
        }
        for name, condition in left_alone.items():
            checkpoints = checkpoints.exclude(condition) if wanted[name] else checkpoints
        return checkpoints


@dataclass(frozen=True)
class Candidate:
    """One checkpoint: how many bytes removing it frees, or in ``stays`` why it stays."""

    checkpoint: Checkpoint
    marks: Marks
    num_bytes: int
    stays: Message


@dataclass(frozen=True)
class CleanupPlan:
    """What would be removed. ``more`` is how many further checkpoints match, beyond the limit."""

    going: list[Candidate]
    staying: list[Candidate]
    more: int = 0

    @property
    def num_listed(self) -> int:
        return len(self.going) + len(self.staying)

    @property
    def num_bytes(self) -> int:
        return sum(each.num_bytes for each in self.going)


@dataclass(frozen=True)
class Freed:
    """What was removed."""

    gone: list[Checkpoint]
    stayed: list[tuple[Checkpoint, Message]]
    num_bytes: int


def of_person(checkpoints: QuerySet[Checkpoint], membership: Membership) -> QuerySet[Checkpoint]:
    """Those that the person may remove: those of their own runs, or all for admins."""
    if membership.allows(Role.ADMIN):
        return checkpoints
    return checkpoints.filter(run__created_by=membership.user_id)


def plan_for(checkpoints: QuerySet[Checkpoint], membership: Membership) -> CleanupPlan:
    """Plan to free ``checkpoints``, oldest first. Raises ``OSError`` when the bucket is unavailable."""
    found = list(checkpoints.filter(purged_at=None).order_by("created_at", "id")[: MOST_AT_ONCE + 1])
    shown = found[:MOST_AT_ONCE]
    standing, reasons = marks(shown), _reasons(shown, membership)
    candidates = [
        Candidate(each, standing[each.id], 0 if reasons[each.id] else store.size(each.key), reasons[each.id])
        for each in shown
    ]
    more = checkpoints.count() - MOST_AT_ONCE if len(found) > MOST_AT_ONCE else 0
    going, staying = [it for it in candidates if not it.stays], [it for it in candidates if it.stays]
    return CleanupPlan(going, staying, more)


def free(checkpoints: Iterable[Checkpoint], membership: Membership) -> Freed:
    """Remove the files of ``checkpoints``; each is checked again under a lock of its row, as it may have changed."""
    checkpoints = list(checkpoints)
    reasons = _reasons(checkpoints, membership)
    gone, stayed, num_bytes = [], [], 0
    for checkpoint in checkpoints:
        try:
            if reasons[checkpoint.id]:
                raise retention.NotDeletable(reasons[checkpoint.id])
            num_bytes += retention.delete(checkpoint)
        except retention.NotDeletable as refusal:
            stayed.append((checkpoint, refusal.message))
        else:
            gone.append(checkpoint)
    return Freed(gone, stayed, num_bytes)


def _reasons(checkpoints: list[Checkpoint], membership: Membership) -> dict[Any, Message]:
    """Why each of them stays; empty for those that are removed."""
    uses = uses_of(checkpoints)

    def reason(checkpoint: Checkpoint) -> Message:
        if not may_change(membership, checkpoint.run.created_by):
            return _of_another(checkpoint.run.created_by)
        return retention.PINNED if checkpoint.pinned else uses[checkpoint.id].objection

    return {checkpoint.id: reason(checkpoint) for checkpoint in checkpoints}


def _of_another(owner: User | None) -> Message:
    if owner is None:
        return Message("The owner's account was deleted. Ask an admin.")
    return Message("This belongs to {person}. Ask them or an admin.", person=str(owner))
