"""Handlers of what is asked of a checkpoint, and of checks of resuming."""

from __future__ import annotations

from typing import Any

from webapp.checkpoints.models import Evaluation, Prediction
from webapp.runs.models import ResumeCheck
from webapp.workers.handlers.needs import about, data_of, own_data
from webapp.workers.handlers.results import ResultWork


class EvaluationWork(ResultWork):
    """Measuring a checkpoint on a split."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.evaluation = evaluation

    def request(self) -> dict[str, Any]:
        split, mended = self.evaluation.split, self.evaluation.dataset
        checkpoint = self.evaluation.checkpoint
        data = data_of(checkpoint.run, self.job)
        if mended is not None:
            data = {"data": own_data(mended.content_hash, self.job)}
        asked = {"do": "evaluate", "split": split, "out": str(self.folder), **data}
        return asked | about(checkpoint, self.job)


class PredictionWork(ResultWork):
    """Asking a checkpoint about one picture or row. The input is not kept on this machine."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction)
        self.prediction = prediction

    def request(self) -> dict[str, Any]:
        checkpoint = self.prediction.checkpoint
        facts = checkpoint.run.dataset.facts.model_dump(mode="json")
        asked = {"do": "predict", "out": str(self.folder), "facts": facts, **about(checkpoint, self.job)}
        if self.prediction.picture is None:
            return asked | {"row": self.prediction.row}
        self.folder.mkdir(parents=True, exist_ok=True)
        picture = self.folder / "picture"
        picture.write_bytes(bytes(self.prediction.picture))
        return asked | {"picture": str(picture)}


class ResumeCheckWork(ResultWork):
    """Training a few epochs of a run's spec twice, to compare."""

    def __init__(self, check: ResumeCheck) -> None:
        super().__init__(check)
        self.check = check

    def request(self) -> dict[str, Any]:
        data = data_of(self.check.run, self.job)
        return {"do": "verify_resume", "spec": self.check.run.spec, "out": str(self.folder), **data}
