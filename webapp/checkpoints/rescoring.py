"""Updating the values by which runs and checkpoints of an experiment are ranked, when its metric changes."""

from __future__ import annotations

import math
from typing import Any

from webapp.checkpoints.models import Checkpoint
from webapp.experiments.models import Experiment
from webapp.runs.models import Run


def rescore(experiment: Experiment) -> None:
    """Set the values that lists are sorted by to those of the experiment's metric.

    A run that is recording at the same time sets its own value at its next epoch.
    """
    runs = list(experiment.runs.only("id", "summary", "best_value"))
    for run in runs:
        run.best_value = _number(run.summary.get(experiment.metric, {}).get("best"))
    Run.objects.bulk_update(runs, ["best_value"], batch_size=500)
    checkpoints = list(Checkpoint.objects.filter(run__experiment=experiment).only("id", "metrics", "value"))
    for checkpoint in checkpoints:
        checkpoint.value = _number(checkpoint.metrics.get(experiment.metric))
    Checkpoint.objects.bulk_update(checkpoints, ["value"], batch_size=500)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
