"""Which handler carries out which kind of job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Dataset, PluginScan, Upload
from webapp.jobs.models import Job
from webapp.launches.models import AugmentationPreview
from webapp.runs.models import ResumeCheck, Run
from webapp.workers.handlers.checkpoints import EvaluationWork, PredictionWork, ResumeCheckWork
from webapp.workers.handlers.datasets import AugmentationPreviewWork, DatasetWork, PluginScanWork, UploadWork
from webapp.workers.handlers.results import ResultWork
from webapp.workers.handlers.training import RunWork

AnyWork = RunWork | ResultWork[Any]
WORK: dict[type[Job], Callable[[Any], AnyWork]] = {
    Run: RunWork,
    Evaluation: EvaluationWork,
    Prediction: PredictionWork,
    ResumeCheck: ResumeCheckWork,
    Dataset: DatasetWork,
    Upload: UploadWork,
    PluginScan: PluginScanWork,
    AugmentationPreview: AugmentationPreviewWork,
}


def work_on(job: Job) -> AnyWork:
    """Returns the handler of ``job``."""
    return WORK[type(job)](job)
