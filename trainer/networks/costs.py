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
    filters, kernel = arguments["filters"], arguments["kernel_size"]
    height, width = _windows(arguments, shapes[0], kernel, arguments.get("strides") or 1)
    weights = kernel * kernel * shapes[0][-1] * filters
    parameters = weights + (filters if arguments.get("use_bias", True) else 0)
    return Cost((height, width, filters), parameters, height * width * weights)


def _separable_conv2d(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """One kernel for each channel, then a matrix from channels to filters at every pixel."""
    channels = shapes[0][-1]
    filters, kernel = arguments["filters"], arguments["kernel_size"]
    height, width = _windows(arguments, shapes[0], kernel, arguments.get("strides") or 1)
    weights = kernel * kernel * channels + channels * filters
    parameters = weights + (filters if arguments.get("use_bias", True) else 0)
    return Cost((height, width, filters), parameters, height * width * weights, height * width * channels)


def _windows(arguments: Arguments, shape: Shape, size: int, strides: int) -> tuple[int, int]:
    """How many windows of ``size`` × ``size`` pixels there are below and beside each other, ``strides`` apart.

    With the padding "same" each pixel may be the first of a window, with "valid" windows lie within the picture.
    Keras's padding is "valid" by default.
    """
    height, width, _ = shape
    padding = arguments.get("padding", "valid")
    if padding == "same":
        return -(-height // strides), -(-width // strides)
    if padding != "valid":
        raise Impossible(Message("only the paddings 'same' and 'valid' are planned"))
    if min(height, width) < size:
        raise Impossible(
            Message(
                "{given} given, but the image is only {height} × {width} pixels here; accepted: 1 to {most}. "
                "Lower it, or use fewer blocks with pooling.",
                given=size,
                height=height,
                width=width,
                most=min(height, width),
            )
        )
    return (height - size) // strides + 1, (width - size) // strides + 1


def _resizing(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Three interpolations per value: along the row above, along the row below, and between the two."""
    shape = (arguments["height"], arguments["width"], shapes[0][-1])
    return Cost(shape, 0, 3 * math.prod(shape))


def _batch_normalization(arguments: Arguments, shapes: list[Shape]) -> Cost:
    channels = shapes[0][-1]
    return Cost(shapes[0], 4 * channels, math.prod(shapes[0]), num_statistics=2 * channels)


def _layer_normalization(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Scale and offset of each value of the last axis."""
    return Cost(shapes[0], 2 * shapes[0][-1], math.prod(shapes[0]))


def _group_normalization(arguments: Arguments, shapes: list[Shape]) -> Cost:
    groups, width = arguments["groups"], shapes[0][-1]
    if width % groups:
        raise Impossible(
            Message(
                "{given} groups given for {width} values; accepted: a divisor of {width}. Change one of the two.",
                given=groups,
                width=width,
            )
        )
    return _layer_normalization(arguments, shapes)


def _prelu(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """One slope for each value, or for each feature map if rows and columns share it."""
    shared = arguments.get("shared_axes")
    return Cost(shapes[0], shapes[0][-1] if shared else math.prod(shapes[0]), math.prod(shapes[0]))


def _maximum(arguments: Arguments, shapes: list[Shape]) -> Cost:
    if len(set(shapes)) != 1 or len(shapes) < 2:
        raise Impossible(Message("only inputs of one shape have a maximum"))
    return Cost(shapes[0])


def _pooling(arguments: Arguments, shapes: list[Shape]) -> Cost:
    pool = arguments["pool_size"]
    return Cost((*_windows(arguments, shapes[0], pool, arguments.get("strides") or pool), shapes[0][-1]))


def _global_pooling(arguments: Arguments, shapes: list[Shape]) -> Cost:
    channels = shapes[0][-1]
    return Cost((1, 1, channels) if arguments.get("keepdims") else (channels,))


def _filled(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Where the first input says so a value from ``values``, else the second input."""
    return Cost(shapes[1])


def _taken(arguments: Arguments, shapes: list[Shape]) -> Cost:
    (width,) = shapes[0]
    if not all(0 <= column < width for column in arguments["columns"]):
        raise Impossible(Message("a column is taken that is not there"))
    return Cost((len(arguments["columns"]),))


def _concatenated(arguments: Arguments, shapes: list[Shape]) -> Cost:
    (*leading, _), *_ = shapes
    if arguments["axis"] != -1 or any([*shape[:-1]] != leading for shape in shapes):
        raise Impossible(Message("only columns, or feature maps of one size, are joined"))
    return Cost((*leading, sum(shape[-1] for shape in shapes)))


def _added(arguments: Arguments, shapes: list[Shape]) -> Cost:
    if any(shape != shapes[0] for shape in shapes):
        raise Impossible(Message("only outputs of one shape are added"))
    return Cost(shapes[0], 0, math.prod(shapes[0]) * (len(shapes) - 1))


def _scaled_by(arguments: Arguments, shapes: list[Shape]) -> Cost:
    """Each feature map of the first input times one number of the second."""
    first, second = shapes
    if second != (1, 1, first[-1]):
        raise Impossible(Message("only feature maps are multiplied, each by one number"))
    return _scaled(arguments, [first])


COSTS: dict[str, Callable[[Arguments, list[Shape]], Cost]] = {
    "Input": _input,
    "Rescaling": _scaled,
    "Normalization": _scaled,
    "Resizing": _resizing,
    "Flatten": _flatten,
    "Dense": _dense,
    "Dropout": _same,
    "GaussianDropout": _same,
    "SpatialDropout2D": _same,
    "LeakyReLU": _same,
    "ELU": _same,
    "PReLU": _prelu,
    "Maximum": _maximum,
    "Activation": _same,
    "Conv2D": _conv2d,
    "SeparableConv2D": _separable_conv2d,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _group_normalization,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "GlobalMaxPooling2D": _global_pooling,
    "Concatenate": _concatenated,
    "Add": _added,
    "Multiply": _scaled_by,
    "Isnan": _same,
    "Where": _filled,
    "Take": _taken,
    "Equal": _same,
    "Cast": _same,
}
# Operations of Keras that are no layers: they have no name of their own, no weights and no precision.
OPERATIONS = {"Isnan", "Where", "Take", "Equal", "Cast"}
