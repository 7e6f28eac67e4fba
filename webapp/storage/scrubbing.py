"""The store and the database compared both ways: files without a row, rows without intact files, half-removed files.

Only files whose row says that they were removed are removed here. Unknown files are reported, or with ``adopt`` get a
row; they are never deleted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from trainer.checkpoints.checkpoint_files import Manifest, manifest_sha256, verify
from trainer.errors import CheckpointDamaged
from webapp.checkpoints.models import Checkpoint
from webapp.jobs.lifecycle import UNFINISHED
from webapp.runs.models import Run
from webapp.storage import store, verification
from webapp.storage.bucket import StoreError
from webapp.storage.quota import stored


class StoreMissing(Exception):
    """The whole store is missing, so single checkpoints cannot be judged. The message says what to check."""


@dataclass
class ScrubReport:
    """What was found, and what was changed."""

    whole: int = 0
    damaged: list[str] = field(default_factory=list)
    unavailable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)
    half_removed: list[str] = field(default_factory=list)
    freed: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.damaged or self.unavailable or self.unknown or self.half_removed)


def scrub(*, change: bool = True, adopt: bool = False) -> ScrubReport:
    """Compare everything. Without ``change`` nothing is written; ``adopt`` gives rows to intact folders without one.

    Raises :class:`StoreMissing` and :class:`StoreUnavailable`.
    """
    _refuse_missing_store()
    report = ScrubReport()
    _verify_rows(report, change)
    found, partial = store.keys(), store.half_removed()  # before the rows, so that a new checkpoint has its row
    _check_folders(found, report, change, adopt)
    _check_partial_removals(partial, report, change)
    return report


def _refuse_missing_store() -> None:
    number = stored().count()
    if number and not store.is_there():
        raise StoreMissing(
            f"The database knows {number:,} checkpoints, but the data folder has no runs in it. "
            "Is it mounted, and does TRAINYARD_DATA name it? Nothing was changed."
        )


def _verify_rows(report: ScrubReport, change: bool) -> None:
    for checkpoint in stored().select_related("run").order_by("created_at").iterator():
        found = verification.verify_row(checkpoint) if change else verification.inspect(checkpoint)
        if found.whole:
            report.whole += 1
        elif stored().filter(pk=checkpoint.pk).exists():  # else it was removed meanwhile
            lines = report.unavailable if found.whole is None else report.damaged
            lines.append(f"{checkpoint.key} of {checkpoint.run}: {found.sentence}")


def _check_folders(found: set[str], report: ScrubReport, change: bool, adopt: bool) -> None:
    rows: dict[str, Any] = dict(Checkpoint.objects.values_list("key", "purged_at"))
    for key in sorted(found):
        if key not in rows:
            _check_unknown(key, report, adopt)
        elif rows[key] is not None:
            report.half_removed.append(key)
            report.freed += store.remove(key) if change else 0


def _check_unknown(key: str, report: ScrubReport, adopt: bool) -> None:
    """A folder without a row. One of an unfinished run is about to get its row."""
    run = Run.objects.filter(pk=store.run_of(key)).first()
    if run is not None and run.state in UNFINISHED:
        return
    reason = _adopt(key, run) if adopt else "it has no row."
    if reason:
        report.unknown.append(f"{key}: {reason}")
    else:
        report.adopted.append(key)


def _adopt(key: str, run: Run | None) -> str:
    """Create a row for it; returns why that is not possible, else ""."""
    if run is None:
        return "there is no such run."
    try:
        folder = store.path_of(key)
        sha256 = manifest_sha256(folder)
        manifest = verify(folder, sha256)
    except (StoreError, CheckpointDamaged, OSError) as error:
        return f"it cannot be adopted. {error}"
    try:
        with transaction.atomic():
            _row_of(key, run, manifest, sha256).save(force_insert=True)
    except IntegrityError:
        return "another checkpoint took its place a moment ago."
    return ""


def _row_of(key: str, run: Run, manifest: Manifest, sha256: str) -> Checkpoint:
    return Checkpoint(
        run=run,
        attempt=store.attempt_of(key),
        name=manifest.moment.name,
        epoch=manifest.epoch,
        step=manifest.step,
        key=key,
        metrics=manifest.metrics,
        value=_finite(manifest.metrics.get(run.experiment.metric)),
        size_bytes=manifest.size_bytes,
        digest=manifest.digest[:64],
        manifest_sha256=sha256,
        created_at=_moment(manifest.created_at),
    )


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return timezone.now()
    return moment if timezone.is_aware(moment) else timezone.now()


def _check_partial_removals(found: list[store.PartialRemoval], report: ScrubReport, change: bool) -> None:
    """Folders that were renamed for removal and still exist, because the process was killed in between."""
    for left in found:
        if not _is_removed(left):
            report.unknown.append(f"{left.path.name}: it was being removed, but its row says that it exists.")
            continue
        report.half_removed.append(left.path.name)
        report.freed += store.finish_removal(left) if change else 0


def _is_removed(left: store.PartialRemoval) -> bool:
    """Whether the database says that it was removed: a checkpoint by its row, a run's folder by all of its rows."""
    if left.key:
        return Checkpoint.objects.filter(key=left.key, purged_at__isnull=False).exists()
    run = Run.objects.filter(pk=left.run, deleted_at__isnull=False)
    return run.exists() and not stored().filter(run=left.run).exists()
