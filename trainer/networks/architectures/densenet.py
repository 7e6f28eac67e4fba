"""Densely connected networks: each layer is given the feature maps of all layers before it in its stage."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import (
    AT,
    begin_pictures,
    check_stages,
    convolve,
    halvings_of,
    normalize_and_activate,
)
from trainer.networks.plan import Builder
from trainer.spec import DenseNet

# Feature maps of the 1 × 1 convolution of a layer, for each that the layer adds.
BOTTLENECK = 4


def add_densenet(builder: Builder, network: DenseNet, facts: DatasetFacts) -> None:
    """Append a stem, dense stages with transitions between them, and global average pooling (Huang et al. 2017,
    section 3).

    Raises :class:`SpecError` on data that is not images, and at the number of stages if the pictures are too small.
    """
    begin_pictures(builder, network.resize, facts)
    check_stages(network.stages, halvings_of(network.resize, facts, rounds_up=False) + 1, network.resize, facts)
    channels = 2 * network.growth_rate
    _convolve(builder, network, "stem_conv", channels, 3)
    for stage in range(1, network.stages + 1):
        if stage > 1:
            channels = max(1, int(network.compression * channels))
            _add_transition(builder, network, f"stage_{stage - 1}_transition", channels)
        for layer in range(1, network.layers_per_stage + 1):
            _add_layer(builder, network, f"stage_{stage}_layer_{layer}")
        channels += network.layers_per_stage * network.growth_rate
    normalize_and_activate(builder, "final", network.activation, AT)
    builder.add("global_average", "GlobalAveragePooling2D", origin=(*AT, "kind"))


def _add_layer(builder: Builder, network: DenseNet, name: str) -> None:
    source, number = builder.last, 1
    if network.bottleneck:
        normalize_and_activate(builder, name, network.activation, AT, number)
        _convolve(builder, network, f"{name}_conv_{number}", BOTTLENECK * network.growth_rate, 1)
        builder.dropout(f"{name}_dropout_{number}", network.dropout, (*AT, "dropout"))
        number += 1
    normalize_and_activate(builder, name, network.activation, AT, number)
    _convolve(builder, network, f"{name}_conv_{number}", network.growth_rate, 3)
    builder.dropout(f"{name}_dropout_{number}", network.dropout, (*AT, "dropout"))
    origin = (*AT, "growth_rate")
    builder.add(f"{name}_concatenate", "Concatenate", origin=origin, inputs=(source, builder.last), axis=-1)


def _add_transition(builder: Builder, network: DenseNet, name: str, filters: int) -> None:
    normalize_and_activate(builder, name, network.activation, AT)
    _convolve(builder, network, f"{name}_conv", filters, 1)
    builder.dropout(f"{name}_dropout", network.dropout, (*AT, "dropout"))
    builder.add(f"{name}_pool", "AveragePooling2D", origin=(*AT, "stages"), pool_size=2)


def _convolve(builder: Builder, network: DenseNet, name: str, filters: int, kernel_size: int) -> None:
    origin = (*AT, "growth_rate")
    convolve(builder, name, origin=origin, before=network.activation, filters=filters, kernel_size=kernel_size)
