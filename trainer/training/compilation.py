"""What a model is compiled with: optimiser, loss and metrics."""

from __future__ import annotations

from typing import Any

import keras

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.networks.ends import num_surplus
from trainer.networks.families import plan_of
from trainer.spec import Spec
from trainer.training.losses import loss_arguments, metrics_of
from trainer.training.rates import Shares, at_shares, shares_of


def compile_model(model: keras.Model, spec: Spec, facts: DatasetFacts, statistics: Statistics) -> None:
    """Compile ``model`` with its optimiser, loss and metrics. XLA is left to the training loop."""
    model.compile(
        optimizer=optimizer_of(spec, shares_of(model, plan_of(spec, facts))),
        **loss_arguments(spec, facts, statistics),
        metrics=metrics_of(facts, num_surplus(spec, facts)),
        jit_compile=False,
    )


def optimizer_of(spec: Spec, shares: Shares | None = None) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser: each field of the spec is the keyword argument of the same name.

    ``clip_norm`` bounds the length of the gradient of all weights together, Keras's ``global_clipnorm``; if gradients
    are accumulated over several batches, that of their mean. Accumulated gradients are variables of the optimiser, and
    so part of every checkpoint, as is the scale of the loss that is adapted in float16, so that gradients neither
    vanish nor overflow. ``shares`` of the learning rate are those of :func:`trainer.training.rates.shares_of`.
    """
    part, accumulated = spec.optimizer, spec.fit.gradient_accumulation
    fields: dict[str, Any] = part.model_dump(exclude={"kind", "clip_norm"})
    optimizer: keras.optimizers.Optimizer = at_shares(getattr(keras.optimizers, part.keras_name), shares)(
        global_clipnorm=part.clip_norm, gradient_accumulation_steps=accumulated if accumulated > 1 else None, **fields
    )
    scales_loss = spec.computation.precision == "mixed_float16"
    return keras.optimizers.LossScaleOptimizer(optimizer) if scales_loss else optimizer
