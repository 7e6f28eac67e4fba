"""Small convolutional network: blocks of convolution and pooling, a reduction to one vector, dense layers."""

from __future__ import annotations

from functools import partial

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import begin_pictures, reduce
from trainer.networks.dense import add_dense_layers
from trainer.networks.layers import add_dropout, add_neurons, needs_bias
from trainer.networks.plan import Builder, Path
from trainer.networks.weights import weights_of
from trainer.spec import ConvBlock, ConvNet


def add_convnet(builder: Builder, network: ConvNet, facts: DatasetFacts) -> None:
    """Append the blocks; raises :class:`SpecError` on data that is not images."""
    begin_pictures(builder, network.resize, facts)
    builder.dropout("input_dropout", network.input_dropout, ("network", "input_dropout"))
    for index, block in enumerate(network.blocks):
        _add_block(builder, block, index + 1, ("network", "blocks", index))
    reduce(builder, network.reduction)
    add_dense_layers(builder, network.dense, ("network", "dense"))


def _add_block(builder: Builder, block: ConvBlock, number: int, at: Path) -> None:
    add_neurons(builder, block, partial(_add_weights, builder, block, at), prefix="conv", number=number, at=at)
    if block.pool_size > 1:
        kind = "MaxPooling2D" if block.pooling == "max" else "AveragePooling2D"
        builder.add(f"pool_{number}", kind, origin=(*at, "pool_size"), pool_size=block.pool_size)
    add_dropout(builder, f"conv_dropout_{number}", block, at)


def _add_weights(builder: Builder, block: ConvBlock, at: Path, name: str, after: str) -> str:
    return builder.convolution(
        name,
        origin=(*at, "filters"),
        filters=block.filters,
        kernel_size=block.kernel_size,
        separable=block.convolution == "separable",
        weights=weights_of(block),
        **({"strides": block.strides} if block.strides > 1 else {}),
        inputs=(after,),
        use_bias=needs_bias(block.normalization),
    )
