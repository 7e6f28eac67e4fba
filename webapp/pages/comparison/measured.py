"""What the compared runs reached on test data: each measured on the newest version of the data that is fair to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.spec.metrics import METRICS
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.checkpoints.selection import best, latest
from webapp.datasets.models import Dataset
from webapp.datasets.versions import mended_from
from webapp.jobs.models import JobState
from webapp.runs.models import Run


@dataclass(frozen=True)
class MeasuredRun:
    """One run: the newest evaluation on ``version``, or the ``checkpoint`` that could be measured."""

    run: Run
    version: Dataset
    evaluation: Evaluation | None
    checkpoint: Checkpoint | None

    @property
    def metrics(self) -> dict[str, Any]:
        """What the evaluation measured; nothing before it has ended."""
        return self.evaluation.result.get("metrics", {}) if self.evaluation else {}


def measured(runs: Sequence[Run]) -> tuple[list[str], list[MeasuredRun]]:
    """The metrics, and a row for each run; no rows while none of them has been measured."""
    versions = list({run.dataset.pk: run.dataset for run in runs}.values())
    rows = [_row(run, _fair_version(run, versions)) for run in runs]
    if not any(row.evaluation for row in rows):
        return [], []
    return [name for name in METRICS if any(name in row.metrics for row in rows)], rows


def _fair_version(run: Run, versions: list[Dataset]) -> Dataset:
    """The newest of the compared versions that its data became by mending labels alone."""
    fair = [version for version in versions if version.is_usable and mended_from(version, run.dataset)]
    return max(fair, key=lambda version: version.version, default=run.dataset)


def _row(run: Run, version: Dataset) -> MeasuredRun:
    other = None if version.pk == run.dataset_id else version
    tests = Evaluation.objects.filter(checkpoint__run=run, split=Evaluation.Split.TEST, dataset=other)
    newest = tests.exclude(state__in=(JobState.FAILED, JobState.STOPPED)).order_by("-created_at").first()
    return MeasuredRun(run, version, newest, None if newest else best(run) or latest(run))
