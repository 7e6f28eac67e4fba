"""Building the Keras model of a plan."""

from __future__ import annotations

from typing import Any

import keras

from trainer.data.facts import DatasetFacts
from trainer.data.statistics import Statistics
from trainer.networks.families import plan_of
from trainer.networks.plan import FromTraining, Layer
from trainer.spec import Spec

# Sections of the spec whose layers never compute in mixed precision.
IN_32_BITS = {"normalization", "output"}


def build_model(spec: Spec, facts: DatasetFacts, statistics: Statistics) -> keras.Model:
    """Build the spec's network, not compiled; it takes raw inputs and predicts in the unit of the target.

    Initial weights and dropout are determined by ``spec.seed``: building twice gives the same model.
    """
    plan = plan_of(spec, facts)
    values = _values(statistics)
    tensors: dict[str, Any] = {}
    for layer in plan.layers:
        if layer.kind == "Input":
            tensors[layer.name] = keras.Input(shape=layer.kwargs["shape"], name=layer.name)
        else:
            inputs = [tensors[name] for name in layer.inputs]
            made = _keras_layer(layer, values, spec.computation.precision)
            tensors[layer.name] = made(inputs[0] if len(inputs) == 1 else inputs)
    return keras.Model(tensors["input"], tensors[plan.layers[-1].name], name=spec.network.kind)


def _keras_layer(layer: Layer, values: dict[FromTraining, Any], precision: str) -> keras.layers.Layer:
    """Raw inputs may exceed the range of 16 bits, and losses need exact outputs: both ends stay in 32 bits."""
    kwargs = {name: values[value] if isinstance(value, FromTraining) else value for name, value in layer.kwargs.items()}
    dtype = "float32" if layer.origin and layer.origin[0] in IN_32_BITS else precision
    return getattr(keras.layers, layer.kind)(name=layer.name, dtype=dtype, **kwargs)


def _values(statistics: Statistics) -> dict[FromTraining, Any]:
    """A column that is constant in the training data is only shifted, because its spread is zero."""
    spans = [high - low for low, high in zip(statistics.input_minimum, statistics.input_maximum, strict=True)]
    return {
        FromTraining.INPUT_MEAN: list(statistics.input_mean),
        FromTraining.INPUT_VARIANCE: [value or 1.0 for value in statistics.input_variance],
        FromTraining.INPUT_MINIMUM: list(statistics.input_minimum),
        FromTraining.INPUT_SPAN_SQUARED: [span * span or 1.0 for span in spans],
        FromTraining.TARGET_MEAN: statistics.target_mean,
        FromTraining.TARGET_DEVIATION: statistics.target_deviation,
        FromTraining.TARGET_MINIMUM: statistics.target_minimum,
        FromTraining.TARGET_SPAN: statistics.target_maximum - statistics.target_minimum or 1.0,
    }
