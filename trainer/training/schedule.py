"""The learning rate of a training as its schedule asks, computed inside the compiled step.

It follows from the number of batches that the optimiser has counted and, on a plateau, from one more variable of the
optimiser. Both are in every checkpoint, so a resumed run has the rates that it would have had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import ops

from trainer.messages.message import Message
from trainer.spec import ReduceOnPlateau, Spec


class ScheduledRate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The learning rate before each batch, counted from 0 as Keras's optimisers do, also if gradients accumulate.

    Batches whose gradients overflowed in float16 are not counted.
    """

    def __init__(self, spec: Spec, steps_per_epoch: int) -> None:
        self._schedule, self._epochs, self._steps_per_epoch = spec.schedule, spec.fit.epochs, steps_per_epoch
        self._rate = spec.optimizer.learning_rate
        self.scale: Any = 1.0

    def __call__(self, step: Any) -> Any:
        whole = ops.floor_divide(step, self._steps_per_epoch)
        rest = step - whole * self._steps_per_epoch
        epoch = ops.cast(whole, "float32") + ops.cast(rest, "float32") / self._steps_per_epoch
        return self._rate * self._schedule.factor_at(epoch, self._epochs, ops) * self.scale


@dataclass
class PlateauReducer:
    """Lowers the variable ``scale`` when the validation loss no longer improves, as Keras's ``ReduceLROnPlateau``.

    ``best`` is the lowest loss so far, ``waited`` the epochs since it, or since the last reduction. ``scale`` itself
    is a variable of the optimiser, and restored with it.
    """

    rule: ReduceOnPlateau
    scale: keras.Variable = field(compare=False)
    best: float = math.inf
    waited: int = 0

    def observe(self, loss: float) -> None:
        """Record the validation loss of an epoch."""
        if loss < self.best - self.rule.min_delta:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited >= self.rule.patience:
            self.scale.assign(max(float(self.scale) * self.rule.drop, self.rule.least))
            self.waited = 0

    def to_json(self) -> dict[str, Any]:
        return {"best": None if math.isinf(self.best) else self.best, "waited": self.waited}

    def restore(self, state: dict[str, Any]) -> None:
        self.best = math.inf if state.get("best") is None else float(state["best"])
        self.waited = int(state.get("waited", 0))


def plateau_reducer(spec: Spec, optimizer: keras.optimizers.Optimizer) -> PlateauReducer | None:
    """Return what observes the validation loss for ``optimizer``; ``None`` for other schedules."""
    rule, rate = spec.schedule.shape, rate_of(optimizer)
    if isinstance(rule, ReduceOnPlateau) and isinstance(rate, ScheduledRate):
        return PlateauReducer(rule, rate.scale)
    return None


def prolonged(spec: Spec, before: dict[str, Any], epoch: int) -> Message | None:
    """Return what to say when a run is resumed after ``epoch`` to other epochs than the spec ``before`` has.

    ``None`` if the learning rate does not depend on how many there are in total.
    """
    planned, epochs, rate = before["fit"]["epochs"], spec.fit.epochs, spec.optimizer.learning_rate
    if planned == epochs or not spec.schedule.shape.spans_training:
        return None
    return Message(
        "The schedule of the learning rate now spans {epochs} epochs instead of {planned}: after epoch {epoch} the "
        "rate is {now:.3g}, where it would have been {then:.3g}.",
        epochs=epochs,
        planned=planned,
        epoch=epoch,
        now=rate * spec.schedule.factor_at(epoch, epochs),
        then=rate * spec.schedule.factor_at(epoch, planned),
    )


def rate_of_last_batch(optimizer: keras.optimizers.Optimizer) -> float:
    """Return the learning rate that the last batch was trained with."""
    rate = rate_of(optimizer)
    if not isinstance(rate, ScheduledRate):
        return float(optimizer.learning_rate)
    counted = int(_inner(optimizer)._iterations)  # noqa: SLF001 - `iterations` counts accumulated batches as one
    return float(rate(max(counted - 1, 0)))


def rate_of(optimizer: keras.optimizers.Optimizer) -> Any:
    """Return the schedule of ``optimizer``, or its rate if that is constant."""
    return _inner(optimizer)._learning_rate  # noqa: SLF001 - `learning_rate` is the number that the schedule gives


def _inner(optimizer: keras.optimizers.Optimizer) -> Any:
    """The optimiser itself, inside of what scales the loss in float16."""
    return getattr(optimizer, "inner_optimizer", optimizer)
