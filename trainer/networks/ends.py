"""Both ends of every network: normalisation of raw inputs, and an output layer in the unit of the target."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.networks.layers import activation_argument, add_activation, add_normalization, name_of
from trainer.networks.plan import Builder, FromTraining
from trainer.networks.weights import Weights
from trainer.spec import Spec
from trainer.spec.data import DropoutHead, Head
from trainer.spec.layers.normalization import BatchNormalization


def scale_inputs(builder: Builder, spec: Spec, facts: DatasetFacts) -> None:
    """Append the layer that scales raw inputs, so that a downloaded model accepts unscaled values."""
    how = spec.normalization.inputs
    if how == "auto":
        how = "rescale" if facts.kind == "image" else "standardize"
    at = ("normalization", "inputs")
    if how == "standardize":
        mean, variance = FromTraining.INPUT_MEAN, FromTraining.INPUT_VARIANCE
        _normalize(builder, facts, mean, variance)
    elif how == "rescale" and facts.kind == "image":
        darkest, brightest = facts.value_range
        scale = 1 / (brightest - darkest)
        builder.add("rescaling", "Rescaling", origin=at, scale=scale, offset=-darkest * scale)
    elif how == "rescale":
        # (x - minimum) / span is Keras's Normalization with these two in place of mean and variance.
        low, span = FromTraining.INPUT_MINIMUM, FromTraining.INPUT_SPAN_SQUARED
        _normalize(builder, facts, low, span)


def _normalize(builder: Builder, facts: DatasetFacts, mean: FromTraining, variance: FromTraining) -> None:
    """Scale numbers; those of categories stay as they are, which a mean of 0 and a variance of 1 do exactly."""
    scaled: dict[str, Any] = {"mean": mean, "variance": variance}
    if any(column.categories for column in facts.columns):
        scaled["mean"] = [0.0 if column.categories else mean for column in facts.columns]
        scaled["variance"] = [1.0 if column.categories else variance for column in facts.columns]
    builder.add("normalization", "Normalization", origin=("normalization", "inputs"), axis=-1, **scaled)


def output_activation(spec: Spec, facts: DatasetFacts) -> str:
    """The activation of the output layer, with "auto" resolved by the task."""
    if spec.output.activation != "auto":
        return spec.output.activation
    return {"classification": "softmax", "multilabel": "sigmoid", "regression": "linear"}[facts.task]


def add_head(builder: Builder, head: Head | None) -> None:
    """Append the layers between network and output layer; like that one, they are never in mixed precision."""
    if head is None:
        return
    at = ("output", "head")
    if isinstance(head, DropoutHead):
        builder.dropout("head_dropout", head.dropout, (*at, "dropout"))
    else:
        add_normalization(builder, "head_normalization", BatchNormalization(), at, builder.last)
    fused = activation_argument(head.activation) if name_of(head.activation) else {}
    builder.dense("head_dense", origin=(*at, "units"), units=head.units, weights=Weights(head.activation), **fused)
    if not name_of(head.activation):
        add_activation(builder, "head_activation", head.activation, (*at, "activation"), is_spatial=False)


def num_surplus(spec: Spec, facts: DatasetFacts) -> int:
    """How many outputs of the network stand for no class; they are its last ones."""
    return max(0, (spec.output.units or 0) - facts.num_classes) if facts.task == "classification" else 0


def add_output(builder: Builder, spec: Spec, facts: DatasetFacts) -> None:
    """Append head and output layer: one unit per class, more if asked for, or one number in the unit of the target.

    A regression ends with a rescaling by the training targets, so that the layers before it learn a target of mean 0
    and variance 1 (scaled to 0..1 over the training data after a sigmoid) and predictions need not be scaled back.
    """
    add_head(builder, spec.output.head)
    activation = output_activation(spec, facts)
    kwargs: dict[str, Any] = {} if activation == "linear" else {"activation": activation}
    at, units = ("output", "activation"), (facts.num_classes or 1) + num_surplus(spec, facts)
    builder.dense("output", origin=at, units=units, **kwargs)
    if facts.task != "regression" or spec.normalization.targets == "none":
        return
    scale, offset = FromTraining.TARGET_DEVIATION, FromTraining.TARGET_MEAN
    if activation == "sigmoid":
        scale, offset = FromTraining.TARGET_SPAN, FromTraining.TARGET_MINIMUM
    builder.add("original_unit", "Rescaling", origin=("normalization", "targets"), scale=scale, offset=offset)
