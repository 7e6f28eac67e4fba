"""Multilayer perceptron: every input value reaches every neuron."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.networks.dense import add_dense_layers
from trainer.networks.plan import Builder
from trainer.spec import Mlp


def add_mlp(builder: Builder, network: Mlp, facts: DatasetFacts) -> None:
    """Append the hidden layers; images are flattened first."""
    if facts.kind == "image":
        builder.add("flatten", "Flatten", origin=("network", "kind"))
    builder.dropout("input_dropout", network.input_dropout, ("network", "input_dropout"))
    add_dense_layers(builder, network.layers, ("network", "layers"))
