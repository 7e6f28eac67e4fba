"""Normalisation of what a layer gives, before or after its activation."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, choice, field

Position = Literal["before", "after"]


def _position() -> Position:
    chosen: Position = field(
        "before",
        label="Position",
        help="Before the activation, as in the paper, or after it.",
        option_labels={"before": "Before activation", "after": "After activation"},
    )
    return chosen


def _epsilon() -> float:
    added: float = field(
        0.001, label="Epsilon", help="Added to the variance for stability.", advanced=True, gt=0.0, le=1.0
    )
    return added


class BatchNormalization(Option):
    """Each neuron or feature map gets mean 0 and variance 1 over the batch; in use, over the training so far."""

    title = "Batch"

    kind: Literal["batch"] = "batch"
    position: Position = _position()
    # With Keras's 0.99 the initial values fade only after hundreds of steps: on small data, validation looks broken
    # for ten epochs.
    momentum: float = field(
        0.9,
        label="Momentum",
        help="Share of the running mean and variance that each step keeps: 0.9 for small data, 0.99 for large.",
        source="Ioffe and Szegedy 2015, Batch Normalization",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    epsilon: float = _epsilon()


class LayerNormalization(Option):
    """Each example gets mean 0 and variance 1 over the values of a position: the same for any batch size."""

    title = "Layer"

    kind: Literal["layer"] = "layer"
    position: Position = _position()
    epsilon: float = _epsilon()


class GroupNormalization(Option):
    """Like layer normalisation, over groups of feature maps: for pictures in small batches."""

    title = "Group"

    kind: Literal["group"] = "group"
    groups: int = field(
        8,
        label="Groups",
        help="How many groups; must divide the number of feature maps or neurons.",
        source="Wu and He 2018, Group Normalization",
        ge=1,
        le=8192,
    )
    position: Position = _position()
    epsilon: float = _epsilon()


LayerNorm = BatchNormalization | LayerNormalization | GroupNormalization


def normalization_of(default: Any = None) -> Any:
    """Declare the normalisation of a part; ``default`` is a class above, or ``None``."""
    return choice(
        LayerNorm,
        default,
        label="Normalisation",
        synonyms="batchnorm batch norm layernorm group norm bn 批归一化 批标准化",
        help="Keeps the scale of signals steady while the layers before change: training is faster and less sensitive.",
        source="Ioffe and Szegedy 2015, Batch Normalization; Ba et al. 2016, Layer Normalization",
    )
