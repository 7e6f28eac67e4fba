"""The running average of the weights, which Keras's optimisers keep beside the weights that are trained.

Validation and checkpoints have the average, training goes on with the weights; in a checkpoint the two have changed
places, so that its network is the averaged one. Keras averages after each batch, before constraints such as max-norm
are applied to the weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


def averages_of(model: keras.Model) -> list[tuple[keras.Variable, keras.Variable]]:
    """Return each trained weight of a compiled model with its average; empty if none is kept."""
    optimizer: Any = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not getattr(optimizer, "use_ema", False):
        return []
    averages = optimizer._model_variables_moving_average  # noqa: SLF001 - Keras has no public way to read them
    return list(zip(model.trainable_variables, averages, strict=True))


def exchange(pairs: list[tuple[keras.Variable, keras.Variable]]) -> None:
    """Give each variable of a pair the value of the other."""
    for first, second in pairs:
        values = keras.ops.copy(first), keras.ops.copy(second)
        second.assign(values[0])
        first.assign(values[1])


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """The model has the averaged weights meanwhile, if there are any."""
    pairs = averages_of(model)
    exchange(pairs)
    try:
        yield
    finally:
        exchange(pairs)
