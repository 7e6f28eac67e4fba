"""Keras optimisers by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from trainer.spec import Optimizer

OPTIMIZERS: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "rmsprop": keras.optimizers.RMSprop,
}


def optimizer_of(part: Optimizer, *, batches_per_step: int = 1, scale_loss: bool = False) -> keras.optimizers.Optimizer:
    """Return the Keras optimiser: each field of the spec is the keyword argument of the same name.

    ``clip_norm`` bounds the length of the gradient of all weights together, Keras's ``global_clipnorm``; if gradients
    are accumulated over ``batches_per_step`` batches, that of their mean. Accumulated gradients are variables of the
    optimiser, and so part of every checkpoint, as is the scale of the loss, which ``scale_loss`` adapts so that
    gradients neither vanish nor overflow in float16.
    """
    fields: dict[str, Any] = part.model_dump(exclude={"kind", "clip_norm"})
    accumulated = batches_per_step if batches_per_step > 1 else None
    kind = OPTIMIZERS[part.kind]
    optimizer = kind(global_clipnorm=part.clip_norm, gradient_accumulation_steps=accumulated, **fields)
    return keras.optimizers.LossScaleOptimizer(optimizer) if scale_loss else optimizer
