"""Residual network of dense layers, for tables."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.blocks import AT, NO_ACTIVATION, activate, add_to, normalize, normalize_and_activate
from trainer.networks.plan import Builder
from trainer.networks.weights import Weights
from trainer.spec import ResNetMlp

WIDTH_AT = (*AT, "width")


def add_resnet_mlp(builder: Builder, network: ResNetMlp, facts: DatasetFacts) -> None:
    """Append a dense layer, the blocks, and normalisation and activation before the output (Gorishniy et al. 2021,
    section 3.2); images are flattened first."""
    if facts.kind == "image":
        builder.add("flatten", "Flatten", origin=(*AT, "kind"))
    builder.dense("stem_dense", origin=WIDTH_AT, weights=Weights(NO_ACTIVATION), units=network.width)
    for number in range(1, network.blocks + 1):
        _add_block(builder, network, f"block_{number}")
    normalize_and_activate(builder, "final", network.activation, AT, is_spatial=False)


def _add_block(builder: Builder, network: ResNetMlp, name: str) -> None:
    source, hidden = builder.last, max(1, int(network.width * network.hidden_factor))
    normalize(builder, f"{name}_batch_normalization", WIDTH_AT)
    hidden_at = (*AT, "hidden_factor")
    builder.dense(f"{name}_dense_1", origin=hidden_at, weights=Weights(network.activation), units=hidden)
    activate(builder, f"{name}_activation", network.activation, AT, is_spatial=False)
    builder.dropout(f"{name}_dropout_1", network.dropout, (*AT, "dropout"))
    builder.dense(f"{name}_dense_2", origin=WIDTH_AT, weights=Weights(NO_ACTIVATION), units=network.width)
    builder.dropout(f"{name}_dropout_2", network.residual_dropout, (*AT, "residual_dropout"))
    add_to(builder, name, builder.last, source, (*AT, "blocks"))
