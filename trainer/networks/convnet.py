"""Small convolutional network: blocks of convolution and pooling, a reduction to one vector, dense layers."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.networks.blocks import MOMENTUM, begin_pictures, reduce
from trainer.networks.dense import add_dense_layers
from trainer.networks.plan import Builder, Path
from trainer.spec import ConvBlock, ConvNet


def add_convnet(builder: Builder, network: ConvNet, facts: DatasetFacts) -> None:
    """Append the blocks; raises :class:`SpecError` on data that is not images."""
    begin_pictures(builder, network.resize, facts)
    for index, block in enumerate(network.blocks):
        _add_block(builder, block, index + 1, ("network", "blocks", index))
    reduce(builder, network.reduction)
    add_dense_layers(builder, network.dense, ("network", "dense"))


def _add_block(builder: Builder, block: ConvBlock, number: int, at: Path) -> None:
    """Batch normalisation has its own offset, so a convolution before it needs no bias."""
    common: dict[str, Any] = {
        "origin": (*at, "filters"),
        "before": block.activation,
        "filters": block.filters,
        "kernel_size": block.kernel_size,
        "padding": "same",
        "use_bias": not block.batch_normalization,
    }
    if block.convolution == "separable":
        builder.separable(f"conv_{number}", **common)
    else:
        builder.weighted(f"conv_{number}", "Conv2D", **common)
    if block.batch_normalization:
        origin = (*at, "batch_normalization")
        builder.add(f"batch_normalization_{number}", "BatchNormalization", origin=origin, momentum=MOMENTUM)
    if block.activation != "linear":
        builder.add(f"activation_{number}", "Activation", origin=(*at, "activation"), activation=block.activation)
    if block.pool_size > 1:
        builder.add(f"pool_{number}", "MaxPooling2D", origin=(*at, "pool_size"), pool_size=block.pool_size)
    builder.dropout(f"conv_dropout_{number}", block.dropout, at)
