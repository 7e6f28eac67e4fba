"""The network families, and the plan of the network that a spec describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.networks.architectures.convnet import add_convnet
from trainer.networks.architectures.densenet import add_densenet
from trainer.networks.architectures.mlp import add_mlp
from trainer.networks.architectures.residual import add_resnet, add_wide_resnet
from trainer.networks.architectures.resnet_mlp import add_resnet_mlp
from trainer.networks.architectures.vgg import add_vgg
from trainer.networks.architectures.xception import add_xception
from trainer.networks.columns import encode_columns, fill_missing
from trainer.networks.ends import add_output, scale_inputs
from trainer.networks.plan import Builder, Plan
from trainer.networks.transfer import rates_of
from trainer.spec import Spec

# One entry per family: the kind in the spec, and the function that adds its layers between normalisation and output.
FAMILIES: dict[str, Callable[[Builder, Any, DatasetFacts], None]] = {
    "mlp": add_mlp,
    "convnet": add_convnet,
    "resnet": add_resnet,
    "wide_resnet": add_wide_resnet,
    "densenet": add_densenet,
    "vgg": add_vgg,
    "xception": add_xception,
    "resnet_mlp": add_resnet_mlp,
}


def plan_of(spec: Spec, facts: DatasetFacts) -> Plan:
    """Return the plan of the spec's network for a dataset with these facts.

    Raises :class:`trainer.errors.SpecError` at the field of a part that does not fit the data.
    """
    builder = Builder(facts.input_shape, spec.seed)
    fill_missing(builder, spec, facts)
    scale_inputs(builder, spec, facts)
    encode_columns(builder, spec, facts)
    FAMILIES[spec.network.kind](builder, spec.network, facts)
    add_output(builder, spec, facts)
    plan = Plan(builder.layers)
    return plan.trained_at(rates_of(spec.transfer, plan))
