"""Removing checkpoints: by the retention rule of the run's spec, and on request."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from trainer.checkpoints.retention import Entry, Rule, to_drop
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import kept
from webapp.runs.models import Run
from webapp.storage import quota, store
from webapp.storage.references import use_of, used_ids

log = logging.getLogger(__name__)
ANYHOW = Q()
PINNED = Message("It is pinned. Unpin it first.")


class NotDeletable(Explained):
    """A checkpoint that has to stay. The message says why and what to do."""


def apply(run: Run, rule: Rule | None = None) -> list[Checkpoint]:
    """Purge checkpoints that the spec, or another ``rule``, does not keep; returns them.

    Call it after a checkpoint was recorded: the newest ones stay, so nothing is removed before its successor exists.
    It may wait for the bucket, so never call it where a training or a page waits.
    """
    checkpoints = {str(checkpoint.id): checkpoint for checkpoint in kept().filter(run=run)}
    entries = [Entry(id, each.epoch, each.step, each.attempt, each.value) for id, each in checkpoints.items()]
    keep = {str(id) for id in used_ids(run)} | {id for id, each in checkpoints.items() if each.pinned}
    rule = rule or rule_of(run)
    if not to_drop(entries, rule, keep):
        return []
    safe = _newest_published(checkpoints.values())
    if safe is None:
        return []
    names = to_drop(entries, rule, keep | {str(safe.id)})
    return [checkpoints[name] for name in names if _purge_unless_used(checkpoints[name])]


def apply_quota(run: Run) -> tuple[list[Checkpoint], bool]:
    """Keep ``run`` to its spec and, while its team is over its quota, to its latest and its best checkpoint.

    Returns the removed checkpoints, and whether the run now keeps fewer than its spec wants.

    The bound. With ``quota`` set, a team uses at most the quota, and for each of its running runs three checkpoints
    (the latest, the best, and the one that was recorded since this was last called), and the rows that the run was
    promised at its launch. Not bounded: what people pin, branch from or evaluate meanwhile, which always stays; with a
    bucket one more for each run, the newest that has arrived there, and while the bucket is unavailable everything
    that is saved, because what has arrived is unknown. It holds because a launch or a resume is refused unless the
    quota has room for all that was promised, and this is called after each save over the quota.
    """
    wanted = rule_of(run)
    removed = apply(run, wanted)
    least = Rule(1, 1, None, wanted.mode)
    if wanted == least or not quota.usage_of(run.experiment.team).is_exceeded:
        return removed, False
    return removed + apply(run, least), True


def rule_of(run: Run) -> Rule:
    """The retention rule of the run's spec, by the metric of its experiment."""
    return Rule.of(run.parsed_spec.checkpoints, run.experiment.metric_mode)


def _newest_published(checkpoints: Iterable[Checkpoint]) -> Checkpoint | None:
    """The newest one that every machine can read. A later one is still being uploaded, and may never arrive."""
    newest_first = sorted(checkpoints, key=lambda each: (each.epoch, each.step, each.attempt), reverse=True)
    try:
        return next((each for each in newest_first if store.is_published(each.key)), None)
    except OSError as error:
        log.warning("Nothing is removed while the bucket is unavailable: %s", error)
        return None


def delete(checkpoint: Checkpoint, only_if: Q = ANYHOW) -> int:
    """Remove the files on a person's request, and return how many bytes were freed.

    Raises :class:`NotDeletable` when they have to stay, or the row no longer matches ``only_if``.
    """
    if checkpoint.purged_at:
        raise NotDeletable(Message("Its files are already removed."))
    if checkpoint.pinned:
        raise NotDeletable(PINNED)
    freed: list[int] = []
    with transaction.atomic():
        locked = _lock(checkpoint)
        if objection := use_of(locked).objection:
            raise NotDeletable(objection)
        if not _mark_purged(locked, freed, only_if):
            raise NotDeletable(Message("It was changed a moment ago. Check it and try again."))
    checkpoint.refresh_from_db(fields=["purged_at"])
    return sum(freed)


def _purge_unless_used(checkpoint: Checkpoint) -> bool:
    with transaction.atomic():
        return not use_of(_lock(checkpoint)).is_used and _mark_purged(checkpoint)


def _lock(checkpoint: Checkpoint) -> Checkpoint:
    """Lock the row, so that no branch or evaluation of it can start between the check and the removal."""
    return Checkpoint.objects.select_for_update(of=("self",)).select_related("run__experiment").get(pk=checkpoint.pk)


def _mark_purged(checkpoint: Checkpoint, freed: list[int] | None = None, only_if: Q = ANYHOW) -> bool:
    """Mark the files as removed in the database, then remove them; a pin that came first wins.

    The number of bytes is appended to ``freed`` after the commit.
    """
    free = Checkpoint.objects.filter(only_if, pk=checkpoint.pk, pinned=False, purged_at=None)
    if not free.update(purged_at=Now()):
        return False
    transaction.on_commit(lambda: (freed if freed is not None else []).append(_remove_files(checkpoint)))
    return True


def _remove_files(checkpoint: Checkpoint) -> int:
    """A failure of the store costs disk space, never a training: the row is correct, and the log names what is left."""
    try:
        return store.remove(checkpoint.key)
    except Exception:
        log.exception("The files of %s could not be removed; “scrub_checkpoints” retries.", checkpoint.key)
        return 0
