"""Which layers of a network are trained, and with which share of the learning rate; decided without Keras."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import assert_never

from trainer.messages.message import Message
from trainer.networks.plan import Layer, Plan
from trainer.spec.transfer import (
    Freeze,
    FreezeAllButLast,
    FreezeAllButOutput,
    FreezeFirst,
    FreezeUpTo,
    Transfer,
)


def rates_of(transfer: Transfer, plan: Plan) -> dict[str, float]:
    """Return the share of the learning rate of each layer of ``plan`` with weights, by name; 0 for a frozen one.

    By depth it is ``rate_decay`` to the power of the distance from the output layer. A layer that is named and does not
    exist changes nothing: :mod:`trainer.validation.transfer` refuses it.
    """
    by_depth = {name: transfer.rate_decay**distance for name, distance in distances(plan).items()}
    named = {each.layer: each.rate for each in transfer.rates if each.layer in by_depth}
    return by_depth | named | dict.fromkeys(frozen_layers(transfer.freeze, plan), 0.0)


def distances(plan: Plan) -> dict[str, int]:
    """Return how many layers with weights lie behind each layer with weights, on the longest path from the input.

    A normalisation is as far from the output as the layer that it follows.
    """
    depths: dict[str, int] = {}
    for layer in plan.layers:
        counts = plan.cost_of(layer.name).num_parameters > 0 and not layer.kind.endswith("Normalization")
        depths[layer.name] = max((depths[name] for name in layer.inputs), default=0) + counts
    deepest = max(depths.values())
    return {name: deepest - depths[name] for name in plan.weighted}


def frozen_layers(freeze: Freeze | None, plan: Plan) -> set[str]:
    """Return the names of the layers with weights that ``freeze`` keeps as they are."""
    weighted = plan.weighted
    match freeze:
        case None:
            return set()
        case FreezeFirst(layers=count):
            return set(weighted[:count])
        case FreezeUpTo(layer=last):
            names = [layer.name for layer in plan.layers]
            return set(weighted).intersection(names[: names.index(last) + 1]) if last in names else set()
        case FreezeAllButOutput():
            return {layer.name for layer in plan.layers if layer.name in weighted and not layer.is_of_output}
        case FreezeAllButLast(share=share):
            num_trained = math.ceil(round(len(weighted) * share, 6))  # 100 * 0.07 is a little more than 7
            return set(weighted[: len(weighted) - max(num_trained, 1)])
    assert_never(freeze)


def taken_layers(plan: Plan, fits: Callable[[Layer], bool], *, new_output: bool) -> list[str]:
    """Return the names of the layers of ``plan`` that take over weights of another network.

    Of the layers whose weights fit, those that follow a layer that took none are left out: their weights mean something
    only for what they received before. With ``new_output`` so are the output layer and its head.
    """
    taken, reached = [], set[str]()
    for layer in plan.layers:
        if layer.inputs and not reached.intersection(layer.inputs):
            continue
        if not plan.cost_of(layer.name).num_parameters:
            reached.add(layer.name)
        elif fits(layer) and not (new_output and layer.is_of_output):
            reached.add(layer.name)
            taken.append(layer.name)
    return taken


def fitting(old: Plan, new: Plan) -> Callable[[Layer], bool]:
    """Return whether a layer of ``new`` has a layer of the same name in ``old`` with weights of the same shapes."""
    signatures = {layer.name: _signature(old, layer) for layer in old.layers if layer.inputs}
    return lambda layer: signatures.get(layer.name) == _signature(new, layer)


def _signature(plan: Plan, layer: Layer) -> tuple[object, ...]:
    """What the shapes of the weights of a layer follow from; height and width of pictures are none of it."""
    channels = [plan.shape_of(name)[-1] for name in (*layer.inputs, layer.name)]
    options = [layer.kwargs.get(name) for name in ("kernel_size", "use_bias")]
    return (layer.kind, plan.cost_of(layer.name).num_parameters, *channels, *options)


def taken_in_words(plan: Plan, taken: list[str], checkpoint: str | Message) -> Message:
    """Say which layers of ``plan`` have the weights of ``checkpoint``, and which are new."""
    names = ", ".join(name for name in plan.weighted if name not in taken)
    if not names:
        return Message(
            "All {layers} layers with weights start with those of {checkpoint}.",
            layers=len(taken),
            checkpoint=checkpoint,
        )
    return Message(
        "{taken} of {layers} layers with weights start with those of {checkpoint}; new: {names}.",
        taken=len(taken),
        layers=len(plan.weighted),
        checkpoint=checkpoint,
        names=names,
    )


def frozen_in_words(plan: Plan) -> Message:
    """Say how many layers of ``plan`` are frozen, and how many of its parameters are trained; empty for none."""
    if not plan.frozen:
        return Message("")
    return Message(
        "{frozen} of {layers} layers with weights frozen, {trained:,} of {parameters:,} parameters trained",
        frozen=len(plan.frozen),
        layers=len(plan.weighted),
        trained=plan.num_trained,
        parameters=plan.num_parameters,
    )
