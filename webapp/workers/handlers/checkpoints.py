"""Handlers of what is asked of a checkpoint, and of checks of resuming."""

from __future__ import annotations

from typing import Any

from webapp.checkpoints.models import Evaluation, Prediction
from webapp.runs.models import ResumeCheck
from webapp.workers.handlers.needs import about, data_of, own_data
from webapp.workers.handlers.results import ResultWork


class EvaluationWork(ResultWork[Evaluation]):
    """Measuring a checkpoint on a split."""

    def request(self) -> dict[str, Any]:
        checkpoint, mended = self.job.checkpoint, self.job.dataset
        data = {"data": own_data(mended.content_hash, self.job)} if mended else data_of(checkpoint.run, self.job)
        asked = {"do": "evaluate", "split": self.job.split, "out": str(self.folder), **data}
        return asked | about(checkpoint, self.job)


class PredictionWork(ResultWork[Prediction]):
    """Asking a checkpoint about one picture or row. The input is not kept on this machine."""

    def request(self) -> dict[str, Any]:
        checkpoint = self.job.checkpoint
        facts = checkpoint.run.dataset.facts.model_dump(mode="json")
        asked = {"do": "predict", "out": str(self.folder), "facts": facts, **about(checkpoint, self.job)}
        if self.job.picture is None:
            return asked | {"row": self.job.row}
        self.folder.mkdir(parents=True, exist_ok=True)
        picture = self.folder / "picture"
        picture.write_bytes(bytes(self.job.picture))
        return asked | {"picture": str(picture)}


class ResumeCheckWork(ResultWork[ResumeCheck]):
    """Training a few epochs of a run's spec twice, to compare."""

    def request(self) -> dict[str, Any]:
        data = data_of(self.job.run, self.job)
        return {"do": "verify_resume", "spec": self.job.run.spec, "out": str(self.folder), **data}
