"""Fully connected layers, shared by the families that end with them."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.networks.plan import Builder, Path
from trainer.spec import DenseLayer


def add_dense_layers(builder: Builder, layers: Sequence[DenseLayer], origin: Path) -> None:
    """Append ``layers``, each followed by its dropout; ``origin`` is the path of the list in the spec."""
    for index, layer in enumerate(layers):
        at = (*origin, index)
        builder.weighted(
            f"dense_{index + 1}",
            "Dense",
            origin=(*at, "units"),
            before=layer.activation,
            units=layer.units,
            **_activation(layer.activation),
            **_constraint(layer.max_norm),
        )
        builder.dropout(f"dense_dropout_{index + 1}", layer.dropout, at)


def _activation(name: str) -> dict[str, object]:
    return {} if name == "linear" else {"activation": name}


def _constraint(max_norm: float | None) -> dict[str, object]:
    """Axis 0 holds a neuron's incoming weights."""
    if max_norm is None:
        return {}
    return {"kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": max_norm, "axis": 0}}}
