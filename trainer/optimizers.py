"""Optimisers by kind."""

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


def optimizer_of(part: Optimizer) -> keras.optimizers.Optimizer:
    """Make the Keras optimiser: a field of the spec is the keyword argument of the same name.

    ``clip_norm`` bounds the length of the gradient of all weights together, Keras's ``global_clipnorm``.
    """
    fields: dict[str, Any] = part.model_dump(exclude={"kind", "clip_norm"})
    return OPTIMIZERS[part.kind](global_clipnorm=part.clip_norm, **fields)
