"""Purging the files of deleted runs: they can be restored for some days, then they are removed for good.

Of the rows, only those of single steps and of the machine's load are removed with them: most of what a long run takes.
The others stay and count against the quota: branches of a purged run keep their lineage, reproductions are still
compared with it, and a restored run has its curves and its log.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DurationField, Q, Sum, Value
from django.db.models.functions import Now

from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.jobs.lifecycle import WrongState
from webapp.metrics import row_sizes
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.storage import retention, store
from webapp.storage.bucket import StoreUnavailable
from webapp.storage.quota import stored
from webapp.storage.references import uses_of
from webapp.teams.models import Team
from webapp.ui.filters import filesize_short

logger = logging.getLogger(__name__)
# The most numerous events, which only the run's own page shows.
PURGED_KINDS = ("steps", "system")


@dataclass(frozen=True)
class PurgePlan:
    """What a purge of a deleted run would free, what stays and why, and when it happens automatically.

    ``row_bytes`` is the approximate size of its curves and log in the database; only a part is removed.
    """

    due_at: datetime
    num_bytes: int
    going: list[Checkpoint]
    staying: list[tuple[Checkpoint, Message]]
    row_bytes: int = 0


def purge_plan(run: Run) -> PurgePlan:
    """Returns what :func:`purge` would do to a deleted run."""
    assert run.deleted_at is not None
    checkpoints = _stored_of(run)
    uses = uses_of(checkpoints)
    pinned = Message("It is pinned.")
    reasons = {each.id: pinned if each.pinned else uses[each.id].objection for each in checkpoints}
    going = [each for each in checkpoints if not reasons[each.id]]
    staying = [(each, reasons[each.id]) for each in checkpoints if reasons[each.id]]
    row_bytes = run.recorded_bytes
    return PurgePlan(run.deleted_at + _grace(), _bytes_of(run, going, with_logs=not staying), going, staying, row_bytes)


def purge(run: Run, by: Any = None) -> int:
    """Remove the files of a deleted run and return how many bytes were freed.

    Pinned checkpoints stay, and those that a branch without a checkpoint of its own starts from. Raises
    :class:`WrongState` when the run is not deleted.
    """
    if not Run.objects.filter(pk=run.pk, deleted_at__isnull=False).exists():
        raise _not_deleted(run)
    freed = 0
    for checkpoint in _stored_of(run):
        try:
            freed += retention.delete(checkpoint, only_if=Q(run__deleted_at__isnull=False))
        except retention.NotDeletable as refusal:
            logger.info("%s of the deleted %s stays: %s", checkpoint, run.pk, refusal)
    freed += _remove_folder(run)
    if freed:
        run.record_state_change(_purged(filesize_short(freed), by))
    return freed


def _purged(size: str, by: Any) -> Message:
    if by:
        return Message("files purged by {person}: {size} freed", person=str(by), size=size)
    return Message("files purged: {size} freed", size=size)


def _not_deleted(run: Run) -> WrongState:
    return WrongState(Message("{run} is not deleted.", run=run.name))


def purge_deleted_runs() -> None:
    """Purge runs that were deleted more than ``DELETED_RUNS_KEPT_DAYS`` ago. Called by the reconciler."""
    before = Now() - Value(_grace(), output_field=DurationField())
    for run in Run.objects.filter(deleted_at__lt=before).only("pk", "deleted_at", "state", "attempt"):
        left = stored().filter(run=run)
        if left.filter(pinned=False).exists() or (not left.exists() and _folder(run).is_dir()):
            try:
                purge(run)
            except (OSError, WrongState) as error:
                logger.warning("The deleted run %s is not purged yet: %s", run.pk, error)


def deleted_runs(team: Team) -> list[Run]:
    """Deleted runs of the team whose checkpoints still take space, each with ``num_bytes`` and ``due_at``."""
    mine = Run.objects.filter(experiment__team=team, deleted_at__isnull=False, checkpoints__purged_at=None)
    runs: list[Any] = list(
        mine.annotate(num_bytes=Sum("checkpoints__size_bytes")).filter(num_bytes__gt=0).order_by("deleted_at")
    )
    for run in runs:
        run.due_at = run.deleted_at + _grace()
    return runs


def _bytes_of(run: Run, going: list[Checkpoint], *, with_logs: bool) -> int:
    """The actual size; while the bucket is unavailable, the recorded size."""
    try:
        num_bytes = sum(store.size(each.key) for each in going)
    except StoreUnavailable:
        return sum(each.size_bytes for each in going)
    if with_logs:
        num_bytes += store.bytes_in(_folder(run)) - sum(store.bytes_in(settings.DATA_DIR / it.key) for it in going)
    return num_bytes


def _stored_of(run: Run) -> list[Checkpoint]:
    return list(stored().filter(run=run).select_related("run").order_by("epoch", "step", "attempt"))


@transaction.atomic
def _remove_folder(run: Run) -> int:
    """Remove the whole folder under a lock of the row, so that the run cannot be restored and resumed meanwhile."""
    locked = Run.objects.select_for_update(of=("self",)).filter(pk=run.pk, deleted_at__isnull=False)
    if not locked.update(deleted_at=run.deleted_at):  # SQLite locks at the first write
        raise _not_deleted(run)
    if stored().filter(run=run).exists():
        return 0
    if RunEvent.objects.filter(run=run, kind__in=PURGED_KINDS).delete()[0]:
        row_sizes.count_again(run)
    return store.remove_folder(_folder(run))


def _folder(run: Run) -> Path:
    folder: Path = settings.DATA_DIR / "runs" / run.pk.hex
    return folder


def _grace() -> timedelta:
    return timedelta(days=settings.DELETED_RUNS_KEPT_DAYS)
