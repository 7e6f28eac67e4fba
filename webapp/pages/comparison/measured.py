"""What the compared runs reached on test data: each measured on the newest version of the data that is fair to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.messages.message import Message
from trainer.spec.metrics import METRICS, title_of
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.checkpoints.selection import best, latest
from webapp.datasets.models import Dataset
from webapp.datasets.versions import mended_from
from webapp.jobs.models import JobState
from webapp.runs.models import Run


@dataclass(frozen=True)
class Measured:
    """One run: the newest evaluation on ``version``, or the ``checkpoint`` that could be measured."""

    run: Run
    version: Dataset
    evaluation: Evaluation | None
    checkpoint: Checkpoint | None
    values: tuple[Any, ...] = ()


def measured(runs: Sequence[Run]) -> tuple[list[Message], list[Measured]]:
    """The names of the metrics, and a row for each run; no rows while none of them has been measured."""
    versions = {run.dataset.pk: run.dataset for run in runs}
    rows = [_row(run, _fair_version(run, list(versions.values()))) for run in runs]
    results = [_metrics(row.evaluation) for row in rows]
    names = [name for name in METRICS if any(name in result for result in results)]
    if not any(row.evaluation for row in rows):
        return [], []
    filled = [
        Measured(row.run, row.version, row.evaluation, row.checkpoint, tuple(result.get(name) for name in names))
        for row, result in zip(rows, results, strict=True)
    ]
    return [title_of(name) for name in names], filled


def _fair_version(run: Run, versions: list[Dataset]) -> Dataset:
    """The newest of the compared versions that its data became by mending labels alone."""
    fair = [version for version in versions if version.is_usable and mended_from(version, run.dataset)]
    return max(fair, key=lambda version: version.version, default=run.dataset)


def _row(run: Run, version: Dataset) -> Measured:
    other = None if version.pk == run.dataset_id else version
    tests = Evaluation.objects.filter(checkpoint__run=run, split=Evaluation.Split.TEST, dataset=other)
    newest = tests.exclude(state__in=(JobState.FAILED, JobState.STOPPED)).order_by("-created_at").first()
    return Measured(run, version, newest, None if newest else best(run) or latest(run))


def _metrics(evaluation: Evaluation | None) -> dict[str, Any]:
    found: dict[str, Any] = evaluation.result.get("metrics", {}) if evaluation else {}
    return found
