"""Building the Keras model of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from trainer.data.statistics import Statistics
from trainer.networks.plan import FromTraining, Layer, Plan, Seen
from trainer.spec import Spec

# Sections of the spec whose layers never compute in mixed precision.
IN_32_BITS = {"normalization", "columns", "output"}
# Operations that a plan may have, called with the arguments and the inputs of a layer. They take lists only as arrays.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "Isnan": keras.ops.isnan,
    "Where": lambda is_missing, rows, values: keras.ops.where(is_missing, np.array(values, np.float32), rows),
    "Take": lambda rows, columns: keras.ops.take(rows, columns, axis=-1),
    "Equal": lambda rows, values: keras.ops.equal(rows, np.array(values, np.float32)),
    "Cast": lambda rows: keras.ops.cast(rows, "float32"),
}


def build_model(spec: Spec, plan: Plan, statistics: Statistics) -> keras.Model:
    """Build the network of ``plan``, which is that of the spec, not compiled.

    It takes raw inputs and predicts in the unit of the target. Initial weights and dropout are determined by
    ``spec.seed``: building twice gives the same model.
    """
    values = _values(statistics)
    tensors: dict[str, Any] = {}
    for layer in plan.layers:
        if layer.kind == "Input":
            tensors[layer.name] = keras.Input(shape=layer.kwargs["shape"], name=layer.name)
            continue
        inputs = [tensors[name] for name in layer.inputs]
        kwargs = {name: _filled_in(value, values, statistics) for name, value in layer.kwargs.items()}
        if layer.kind in OPERATIONS:
            tensors[layer.name] = OPERATIONS[layer.kind](*inputs, **kwargs)
        else:
            made = _keras_layer(layer, kwargs, spec.computation.precision)
            tensors[layer.name] = made(inputs[0] if len(inputs) == 1 else inputs)
            # Batch normalisation that is not trainable also keeps its averages, and normalises by them in training.
            made.trainable = plan.rate_of(layer.name) > 0
    return keras.Model(tensors["input"], tensors[plan.layers[-1].name], name=spec.network.kind)


def _keras_layer(layer: Layer, kwargs: dict[str, Any], precision: str) -> keras.layers.Layer:
    """Raw inputs may exceed the range of 16 bits, and losses need exact outputs: both ends stay in 32 bits."""
    dtype = "float32" if layer.origin and layer.origin[0] in IN_32_BITS else precision
    return getattr(keras.layers, layer.kind)(name=layer.name, dtype=dtype, **kwargs)


def _filled_in(value: Any, values: dict[FromTraining, Any], statistics: Statistics) -> Any:
    """An argument of a plan with what depends on the training data filled in."""
    if isinstance(value, FromTraining):
        return values[value]
    if isinstance(value, Seen):
        return value.number if value.number in statistics.categories[value.column] else -1
    if isinstance(value, list):
        return [
            values[each][column] if isinstance(each, FromTraining) else _filled_in(each, values, statistics)
            for column, each in enumerate(value)
        ]
    return value


def _values(statistics: Statistics) -> dict[FromTraining, Any]:
    """A column that is constant in the training data is only shifted, because its spread is zero."""
    spans = [high - low for low, high in zip(statistics.input_minimum, statistics.input_maximum, strict=True)]
    return {
        FromTraining.INPUT_MEAN: list(statistics.input_mean),
        FromTraining.INPUT_VARIANCE: [value or 1.0 for value in statistics.input_variance],
        FromTraining.INPUT_MINIMUM: list(statistics.input_minimum),
        FromTraining.INPUT_SPAN_SQUARED: [span * span or 1.0 for span in spans],
        FromTraining.INPUT_MEDIAN: list(statistics.input_median),
        FromTraining.INPUT_MOST_FREQUENT: list(statistics.input_most_frequent),
        FromTraining.TARGET_MEAN: statistics.target_mean,
        FromTraining.TARGET_DEVIATION: statistics.target_deviation,
        FromTraining.TARGET_MINIMUM: statistics.target_minimum,
        FromTraining.TARGET_SPAN: statistics.target_maximum - statistics.target_minimum or 1.0,
    }
