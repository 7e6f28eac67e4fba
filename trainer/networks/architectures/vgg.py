"""Networks like VGG: stages of 3 × 3 convolutions, each followed by pooling, and dense layers."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import (
    AT,
    activate,
    begin_pictures,
    check_stages,
    convolve,
    halvings_of,
    normalize_and_activate,
    reduce,
)
from trainer.networks.dense import add_dense_layers
from trainer.networks.plan import Builder
from trainer.spec import Vgg


def add_vgg(builder: Builder, network: Vgg, facts: DatasetFacts) -> None:
    """Append the stages, the reduction and the dense layers (Simonyan and Zisserman 2015, table 1).

    Raises :class:`SpecError` on data that is not images, and at the number of stages if the pictures are too small.
    """
    begin_pictures(builder, network.resize, facts)
    check_stages(network.stages, halvings_of(network.resize, facts, rounds_up=False), network.resize, facts)
    for stage in range(1, network.stages + 1):
        filters = min(network.filters * 2 ** (stage - 1), network.max_filters)
        for number in range(1, network.convolutions_per_stage + 1):
            _convolve(builder, network, f"stage_{stage}", filters, number)
        builder.add(f"stage_{stage}_pool", "MaxPooling2D", origin=(*AT, "stages"), pool_size=2)
        builder.dropout(f"stage_{stage}_dropout", network.dropout, (*AT, "dropout"))
    reduce(builder, network.reduction)
    add_dense_layers(builder, network.dense, (*AT, "dense"))


def _convolve(builder: Builder, network: Vgg, name: str, filters: int, number: int) -> None:
    convolve(
        builder,
        f"{name}_conv_{number}",
        origin=(*AT, "filters"),
        before=network.activation,
        filters=filters,
        use_bias=not network.batch_normalization,
    )
    if network.batch_normalization:
        normalize_and_activate(builder, name, network.activation, AT, number)
    else:
        activate(builder, f"{name}_activation_{number}", network.activation, AT)
