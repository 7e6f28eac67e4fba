"""Fully connected layers, shared by the families that end with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from trainer.networks.layers import activation_argument, add_dropout, add_neurons, is_fused, needs_bias
from trainer.networks.plan import Builder, Path
from trainer.networks.weights import weights_of
from trainer.spec import DenseLayer


def add_dense_layers(builder: Builder, layers: Sequence[DenseLayer], origin: Path) -> None:
    """Append ``layers``, each followed by its dropout; ``origin`` is the path of the list in the spec."""
    for index, layer in enumerate(layers):
        at, number = (*origin, index), index + 1
        add = partial(_add_weights, builder, layer, (*at, "units"))
        add_neurons(builder, layer, add, prefix="dense", number=number, at=at)
        add_dropout(builder, f"dense_dropout_{number}", layer, at)


def _add_weights(builder: Builder, layer: DenseLayer, origin: Path, name: str, after: str) -> str:
    return builder.dense(
        name,
        origin=origin,
        units=layer.units,
        weights=weights_of(layer),
        inputs=(after,),
        **({} if needs_bias(layer.normalization) else {"use_bias": False}),
        **(activation_argument(layer.activation) if is_fused(layer) else {}),
    )
