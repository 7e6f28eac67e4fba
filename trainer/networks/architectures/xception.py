"""Networks like Xception: depthwise-separable convolutions with residual shortcuts."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import (
    AT,
    activate,
    add_to,
    begin_pictures,
    check_stages,
    convolve,
    halvings_of,
    normalize,
    normalize_and_activate,
    shortcut,
)
from trainer.networks.plan import Builder
from trainer.spec import Xception

WIDTH_AT = (*AT, "filters")


def add_xception(builder: Builder, network: Xception, facts: DatasetFacts) -> None:
    """Append entry, middle and exit (Chollet 2017, figure 5; in small, keras.io, Image classification from scratch).

    Raises :class:`SpecError` on data that is not images, and at the number of stages if the pictures are too small.
    """
    begin_pictures(builder, network.resize, facts)
    most = halvings_of(network.resize, facts, rounds_up=True) + 1 - network.stem_stride
    check_stages(network.stages, most, network.resize, facts)
    _add_stem(builder, network)
    width = network.filters
    for stage in range(1, network.stages + 1):
        width *= 2
        _add_entry(builder, network, f"stage_{stage}", width, is_first=stage == 1)
    for block in range(1, network.middle_blocks + 1):
        _add_middle(builder, network, f"middle_{block}", width)
    _convolve(builder, network, "final_conv", 2 * width)
    normalize_and_activate(builder, "final", network.activation, AT)
    builder.add("global_average", "GlobalAveragePooling2D", origin=(*AT, "kind"))
    builder.dropout("final_dropout", network.dropout, (*AT, "dropout"))


def _add_stem(builder: Builder, network: Xception) -> None:
    convolve(
        builder,
        "stem_conv",
        origin=WIDTH_AT,
        before=network.activation,
        filters=network.filters,
        strides=network.stem_stride,
    )
    normalize_and_activate(builder, "stem", network.activation, AT)


def _add_entry(builder: Builder, network: Xception, name: str, width: int, *, is_first: bool) -> None:
    """Two convolutions and pooling to half the size; what the first block is given is activated already."""
    source = builder.last
    if not is_first:
        activate(builder, f"{name}_activation_1", network.activation, AT)
    _convolve(builder, network, f"{name}_conv_1", width)
    normalize(builder, f"{name}_batch_normalization_1", WIDTH_AT)
    activate(builder, f"{name}_activation_2", network.activation, AT)
    _convolve(builder, network, f"{name}_conv_2", width)
    normalize(builder, f"{name}_batch_normalization_2", WIDTH_AT)
    pooled = builder.add(f"{name}_pool", "MaxPooling2D", origin=(*AT, "stages"), pool_size=3, strides=2, padding="same")
    convolved = shortcut(builder, name, source, width, origin=WIDTH_AT, strides=2)
    add_to(builder, name, pooled, normalize(builder, f"{convolved}_batch_normalization", WIDTH_AT), WIDTH_AT)


def _add_middle(builder: Builder, network: Xception, name: str, width: int) -> None:
    source = builder.last
    for number in (1, 2, 3):
        activate(builder, f"{name}_activation_{number}", network.activation, AT)
        _convolve(builder, network, f"{name}_conv_{number}", width)
        normalize(builder, f"{name}_batch_normalization_{number}", WIDTH_AT)
    add_to(builder, name, builder.last, source, (*AT, "middle_blocks"))


def _convolve(builder: Builder, network: Xception, name: str, width: int) -> None:
    convolve(builder, name, origin=WIDTH_AT, before=network.activation, filters=width, separable=True)
