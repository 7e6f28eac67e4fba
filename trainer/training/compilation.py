"""What a model is compiled with: optimiser, loss and metrics."""

from __future__ import annotations

from typing import Any

import keras

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.spec import ReduceOnPlateau, Spec
from trainer.training.losses import loss_arguments, metrics_of
from trainer.training.schedule import ScheduledRate


def compile_model(
    model: keras.Model, spec: Spec, facts: DatasetFacts, statistics: Statistics, steps_per_epoch: int
) -> None:
    """Compile ``model`` with its optimiser, loss and metrics. XLA is left to the training loop."""
    model.compile(
        optimizer=optimizer_of(spec, steps_per_epoch),
        **loss_arguments(spec, facts, statistics),
        metrics=metrics_of(facts),
        jit_compile=False,
    )


def optimizer_of(spec: Spec, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser: each field of the spec is the keyword argument of the same name.

    With a schedule, the learning rate of each batch follows from how many there are in an epoch.

    ``clip_norm`` bounds the length of the gradient of all weights together, Keras's ``global_clipnorm``; if gradients
    are accumulated over several batches, that of their mean. Accumulated gradients are variables of the optimiser, and
    so part of every checkpoint, as is the scale of the loss that is adapted in float16, so that gradients neither
    vanish nor overflow.
    """
    part, accumulated = spec.optimizer, spec.fit.gradient_accumulation
    fields: dict[str, Any] = part.model_dump(exclude={"kind", "clip_norm"})
    rate = None if spec.schedule.is_constant else ScheduledRate(spec, steps_per_epoch)
    if rate is not None:
        fields["learning_rate"] = rate
    optimizer: keras.optimizers.Optimizer = getattr(keras.optimizers, part.keras_name)(
        global_clipnorm=part.clip_norm, gradient_accumulation_steps=accumulated if accumulated > 1 else None, **fields
    )
    if rate is not None and isinstance(spec.schedule.shape, ReduceOnPlateau):
        rate.scale = optimizer.add_variable((), "ones", name="plateau_scale")
    scales_loss = spec.computation.precision == "mixed_float16"
    return keras.optimizers.LossScaleOptimizer(optimizer) if scales_loss else optimizer
