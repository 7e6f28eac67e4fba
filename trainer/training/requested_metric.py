"""The metric of an experiment where training does not measure it anyway.

It is computed from the outputs for the validation data after each epoch, which takes another pass over them. So only
the runs of an experiment that is judged by it do so. It depends on the weights alone: a resumed run measures the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer.data.loading import Data
from trainer.events.events import Metrics
from trainer.spec import Spec
from trainer.spec.metrics import METRICS, family_of, is_on_validation

if TYPE_CHECKING:
    import numpy as np

    from trainer.engines.loop import Loop


class RequestedMetric:
    """Measures the metric ``name``, such as "val_f1", on the examples ``validation`` of ``data``."""

    def __init__(self, name: str, spec: Spec, data: Data, validation: np.ndarray) -> None:
        # scikit-learn takes a second to load, which most trainings do not need.
        from trainer.measures import measuring

        self._measuring = measuring
        self.name, self._spec, self._facts, self._validation = name, spec, data.facts, validation
        self._targets = data.targets[validation]

    def measure(self, loop: Loop) -> Metrics:
        """The metric by its name; NaN where it is undefined."""
        outputs = self._measuring.probabilities_of(loop.predict(self._validation), self._spec, self._facts)
        task = self._facts.task
        return {self.name: self._measuring.measure_one(family_of(self.name), task, self._targets, outputs)}


def requested_metric(name: str, spec: Spec, data: Data, validation: np.ndarray) -> RequestedMetric | None:
    """What to measure besides, for an experiment that is judged by ``name``; ``None`` if training measures it anyway.

    A metric that is unknown, of another task or on training data is not measured.
    """
    metric = METRICS.get(family_of(name))
    if metric is None or metric.in_training or not is_on_validation(name) or data.facts.task not in metric.tasks:
        return None
    return RequestedMetric(name, spec, data, validation)
