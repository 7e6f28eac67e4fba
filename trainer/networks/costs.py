"""Shapes, parameters and multiply-adds of each kind of layer: the same as in Keras, but computed without it.

Every function takes the layer's keyword arguments and the shapes of its inputs (without the batch axis) and
returns a :class:`Cost`. A layer that cannot exist on such inputs raises :class:`Impossible`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainer.errors import Explained
from trainer.messages.message import Message

Shape = tuple[int, ...]
Arguments = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """Output shape and cost of one layer for one example. ``num_parameters`` includes non-trainable ones,
    ``num_inner`` counts intermediate values that are kept for the gradient, ``num_statistics`` the parameters that
    are averages of what the layer has seen, so that no optimiser changes them."""

    output_shape: Shape
    num_parameters: int = 0
    multiply_adds: int = 0
    num_inner: int = 0
    num_statistics: int = 0


class Impossible(Explained, ValueError):
    """A layer does not accept inputs of the given shape; the message says why."""


def _same(arguments: Arguments, shapes: list[Shape]) -> Cost:
    return Cost(shapes[0])


def _scaled(arguments: Arguments, shapes: list[Shape]) -> Cost:
    return Cost(shapes[0], 0, math.prod(shapes[0]))


def _input(arguments: Arguments, shapes: list[Shape]) -> Cost:
    return Cost(tuple(arguments["shape"]))


def _flatten(arguments: Arguments, shapes: list[Shape]) -> Cost:
    return Cost((math.prod(shapes[0]),))


def _dense(arguments: Arguments, shapes: list[Shape]) -> Cost:
    *leading, width = shapes[0]
    units = arguments["units"]
    parameters = width * units + (units if arguments.get("use_bias", True) else 0)
    return Cost((*leading, units), parameters, math.prod(leading) * width * units)


def _conv2d(arguments: Arguments, shapes: list[Shape]) -> Cost:
    height, width, channels = shapes[0]
    filters, kernel = _filters_and_kernel(arguments)
    weights = kernel * kernel * channels * filters
    parameters = weights + (filters if arguments.get("use_bias", True) else 0)
    return Cost((height, width, filters), parameters, height * width * weights)


def _separable_conv2d(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """One kernel for each channel, then a matrix from channels to filters at every pixel."""
    height, width, channels = shapes[0]
    filters, kernel = _filters_and_kernel(arguments)
    weights = kernel * kernel * channels + channels * filters
    parameters = weights + (filters if arguments.get("use_bias", True) else 0)
    return Cost((height, width, filters), parameters, height * width * weights, height * width * channels)


def _filters_and_kernel(arguments: Arguments) -> tuple[int, int]:
    if arguments.get("padding") != "same":
        raise Impossible(Message("only convolutions with padding 'same' are planned"))
    return arguments["filters"], arguments["kernel_size"]


def _resizing(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Three interpolations per value: along the row above, along the row below, and between the two."""
    shape = (arguments["height"], arguments["width"], shapes[0][-1])
    return Cost(shape, 0, 3 * math.prod(shape))


def _batch_normalization(arguments: Arguments, shapes: list[Shape]) -> Cost:
    channels = shapes[0][-1]
    return Cost(shapes[0], 4 * channels, math.prod(shapes[0]), num_statistics=2 * channels)


def _max_pooling(arguments: Arguments, shapes: list[Shape]) -> Cost:
    height, width, channels = shapes[0]
    pool = arguments["pool_size"]
    if height < pool or width < pool:
        raise Impossible(
            Message(
                "{given} given, but the image is only {height} × {width} pixels here; accepted: 1 to {most}. "
                "Lower it, or use fewer blocks with pooling.",
                given=pool,
                height=height,
                width=width,
                most=min(height, width),
            )
        )
    return Cost((height // pool, width // pool, channels))


def _global_average(arguments: Arguments, shapes: list[Shape]) -> Cost:
    return Cost((shapes[0][-1],))


def _filled(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Where the first input says so a value from ``values``, else the second input."""
    return Cost(shapes[1])


def _taken(arguments: Arguments, shapes: list[Shape]) -> Cost:
    (width,) = shapes[0]
    if not all(0 <= column < width for column in arguments["columns"]):
        raise Impossible(Message("a column is taken that is not there"))
    return Cost((len(arguments["columns"]),))


def _concatenated(arguments: Arguments, shapes: list[Shape]) -> Cost:
    if arguments["axis"] != -1 or any(len(shape) != 1 for shape in shapes):
        raise Impossible(Message("only columns are joined"))
    return Cost((sum(width for (width,) in shapes),))


COSTS: dict[str, Callable[[Arguments, list[Shape]], Cost]] = {
    "Input": _input,
    "Rescaling": _scaled,
    "Normalization": _scaled,
    "Resizing": _resizing,
    "Flatten": _flatten,
    "Dense": _dense,
    "Dropout": _same,
    "Activation": _same,
    "Conv2D": _conv2d,
    "SeparableConv2D": _separable_conv2d,
    "BatchNormalization": _batch_normalization,
    "MaxPooling2D": _max_pooling,
    "GlobalAveragePooling2D": _global_average,
    "Concatenate": _concatenated,
    "Isnan": _same,
    "Where": _filled,
    "Take": _taken,
    "Equal": _same,
    "Cast": _same,
}
# Operations of Keras that are no layers: they have no name of their own, no weights and no precision.
OPERATIONS = {"Isnan", "Where", "Take", "Equal", "Cast"}
