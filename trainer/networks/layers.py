"""Weights, normalisation, activation and dropout, in the order that a part of a spec asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.networks.plan import Builder, Path
from trainer.spec.layers.activations import Activation, Elementwise, Elu, LeakyRelu, Linear, Maxout, PRelu
from trainer.spec.layers.normalization import BatchNormalization, GroupNormalization, LayerNorm
from trainer.spec.networks.parts import ConvBlock, DenseLayer

# Adds a layer with weights of this name after the layer of the second name.
AddWeights = Callable[[str, str], str]


def add_neurons(
    builder: Builder, part: DenseLayer | ConvBlock, add: AddWeights, *, prefix: str, number: int, at: Path
) -> None:
    """Append what ``add`` adds, with the normalisation and activation of ``part``.

    Maxout is the largest of several layers with weights, each normalised by itself if that comes before.
    """
    own, shown = f"{prefix}_{number}", "" if prefix == "conv" else f"{prefix}_"
    normalization, activation, start = part.normalization, part.activation, builder.last

    def normalized(position: str, name: str, suffix: str = "") -> str:
        if normalization is None or normalization.position != position:
            return name
        own = f"{shown}{normalization.kind}_normalization_{number}{suffix}"
        return add_normalization(builder, own, normalization, (*at, "normalization"), name)

    if isinstance(activation, Maxout):
        suffixes = [f"_piece_{piece + 1}" for piece in range(activation.pieces)]
        pieces = [add(f"{own}{suffix}", start) for suffix in suffixes]
        inputs = tuple(normalized("before", name, suffix) for name, suffix in zip(pieces, suffixes, strict=True))
        builder.add(f"{shown}maxout_{number}", "Maximum", origin=(*at, "activation"), inputs=inputs)
    else:
        normalized("before", add(own, start))
        if not is_fused(part):
            origin, is_spatial = (*at, "activation"), isinstance(part, ConvBlock)
            add_activation(builder, f"{shown}activation_{number}", activation, origin, is_spatial=is_spatial)
    normalized("after", builder.last)


def is_fused(part: DenseLayer | ConvBlock) -> bool:
    """Whether the activation is an argument of the layer with weights: of a dense layer, if nothing is in between."""
    separated = part.normalization is not None and part.normalization.position == "before"
    return isinstance(part, DenseLayer) and not separated and name_of(part.activation) is not None


def needs_bias(normalization: LayerNorm | None) -> bool:
    """Batch normalisation has its own offset and removes the mean, so a layer before it needs no bias."""
    return not (isinstance(normalization, BatchNormalization) and normalization.position == "before")


def name_of(activation: Activation) -> str | None:
    """Keras's name of an activation that has no arguments; ``None`` for one that is a layer."""
    if isinstance(activation, LeakyRelu | PRelu | Maxout) or (isinstance(activation, Elu) and activation.alpha != 1.0):
        return None
    return activation.kind


def activation_argument(activation: Activation) -> dict[str, Any]:
    """The argument of a layer for its activation, none for linear."""
    return {} if isinstance(activation, Linear) else {"activation": name_of(activation)}


def add_activation(builder: Builder, name: str, activation: Elementwise, origin: Path, *, is_spatial: bool) -> None:
    """Append an activation of its own, unless it is linear; ``is_spatial``: of feature maps, (height, width, maps).

    PReLU learns one slope for each neuron or feature map.
    """
    match activation:
        case Linear():
            return
        case LeakyRelu(slope=slope):
            builder.add(name, "LeakyReLU", origin=origin, negative_slope=slope)
        case PRelu(slope=slope):
            start = {"class_name": "Constant", "config": {"value": slope}}
            shared: dict[str, Any] = {"shared_axes": [1, 2]} if is_spatial else {}
            builder.add(name, "PReLU", origin=origin, alpha_initializer=start, **shared)
        case Elu(alpha=alpha) if alpha != 1.0:
            builder.add(name, "ELU", origin=origin, alpha=alpha)
        case _:
            builder.add(name, "Activation", origin=origin, activation=name_of(activation))


def add_normalization(builder: Builder, name: str, normalization: LayerNorm, origin: Path, after: str) -> str:
    """Append a normalisation over the last axis of the layer ``after``; returns its name."""
    common: dict[str, Any] = {"origin": origin, "inputs": (after,), "epsilon": normalization.epsilon}
    match normalization:
        case BatchNormalization(momentum=momentum):
            return builder.add(name, "BatchNormalization", momentum=momentum, **common)
        case GroupNormalization(groups=groups):
            return builder.add(name, "GroupNormalization", groups=groups, **common)
    return builder.add(name, "LayerNormalization", **common)


def add_dropout(builder: Builder, name: str, part: DenseLayer | ConvBlock, at: Path) -> None:
    """Append the dropout of ``part`` with its own seed, unless its rate is 0."""
    kind = {"zeros": "Dropout", "gaussian": "GaussianDropout", "spatial": "SpatialDropout2D"}[part.dropout_noise]
    builder.dropout(name, part.dropout, (*at, "dropout"), kind)
