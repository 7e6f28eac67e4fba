"""Whether what is to be frozen or trained slowly is there and leaves something to train, and the outputs suffice."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem
from trainer.messages.message import Message
from trainer.networks.plan import Plan
from trainer.networks.transfer import frozen_layers
from trainer.spec import Spec
from trainer.spec.transfer import FreezeFirst, FreezeUpTo

NUM_NEAREST = 3
FREEZE = ("transfer", "freeze")


def transfer_problems(spec: Spec, plan: Plan) -> Iterator[Problem]:
    """Yield what is wrong with the transfer part of ``spec``, whose network has ``plan``."""
    freeze = spec.transfer.freeze
    if isinstance(freeze, FreezeFirst):
        yield from _count_problems(freeze, plan)
    elif isinstance(freeze, FreezeUpTo):
        yield from _name_problems(freeze, plan)
    found = list(_rate_problems(spec, plan))
    yield from found
    if spec.transfer.rates and not found and not plan.num_trained:
        message = Message(
            "0 given for every layer that is not frozen, so that nothing would be trained; accepted: at least one "
            "above 0. Raise one of them."
        )
        yield Problem(("transfer", "rates"), message)


def units_problems(spec: Spec, facts: DatasetFacts) -> Iterator[Problem]:
    """Every class needs an output of its own; labels and numbers have no use for more."""
    units = spec.output.units
    if units is None or (facts.task == "classification" and units >= facts.num_classes):
        return
    if facts.task == "classification":
        message = Message(
            "{given} given, but {dataset} has {classes} classes; accepted: {classes} or more. Raise it, or leave it "
            "empty.",
            given=units,
            dataset=facts.shown_title,
            classes=facts.num_classes,
        )
    else:
        message = Message(
            "{given} given, but outputs beyond those of the data exist only where every example has one class; "
            "accepted: empty. Clear it.",
            given=units,
        )
    yield Problem(("output", "units"), message)


def _rate_problems(spec: Spec, plan: Plan) -> Iterator[Problem]:
    """Each layer is named once, has weights, and is not frozen besides."""
    frozen, seen = frozen_layers(spec.transfer.freeze, plan), set[str]()
    for index, each in enumerate(spec.transfer.rates):
        at = ("transfer", "rates", index)
        if each.layer not in plan.weighted:
            yield Problem((*at, "layer"), _without_weights(each.layer, plan.weighted))
        elif each.layer in seen:
            message = Message(
                "{given} given twice; accepted: each layer once. Remove one of the two.", given=each.layer
            )
            yield Problem((*at, "layer"), message)
        elif each.layer in frozen and each.rate:
            message = Message(
                "{given:g} given for {layer}, which is frozen; accepted: 0. Freeze fewer layers, or remove this one.",
                given=each.rate,
                layer=each.layer,
            )
            yield Problem((*at, "rate"), message)
        seen.add(each.layer)


def _count_problems(freeze: FreezeFirst, plan: Plan) -> Iterator[Problem]:
    most = len(plan.weighted) - 1
    if freeze.layers <= most:
        return
    at = (*FREEZE, "layers")
    if not most:
        yield Problem(at, _only_output(str(freeze.layers)))
        return
    message = Message(
        "{given} given, but one of the {count} layers with weights must be trained; accepted: 1 to {most}. Lower it.",
        given=freeze.layers,
        count=most + 1,
        most=most,
    )
    yield Problem(at, message)


def _name_problems(freeze: FreezeUpTo, plan: Plan) -> Iterator[Problem]:
    at = (*FREEZE, "layer")
    names = [layer.name for layer in plan.layers]
    if freeze.layer not in names:
        yield Problem(at, _unknown_layer(freeze.layer, names))
    elif len(plan.weighted) == 1:
        yield Problem(at, _only_output(freeze.layer))
    elif names.index(freeze.layer) >= names.index(plan.weighted[-1]):
        message = Message(
            "{given} given, after which no layer has weights to train; accepted: a layer above {last}, such as "
            "{other}. Choose an earlier one.",
            given=freeze.layer,
            last=plan.weighted[-1],
            other=plan.weighted[-2],
        )
        yield Problem(at, message)


def _unknown_layer(given: str, names: list[str]) -> Message:
    return Message(
        "“{given}” given, but the network has no such layer; accepted: a name in the preview, such as {names}. "
        "Correct it.",
        given=given,
        names=_nearest(given, names),
    )


def _without_weights(given: str, names: list[str]) -> Message:
    return Message(
        "“{given}” given, but the network has no such layer with weights; accepted: a name in the preview, such as "
        "{names}. Correct it.",
        given=given,
        names=_nearest(given, names),
    )


def _nearest(given: str, names: list[str]) -> str:
    return ", ".join(difflib.get_close_matches(given, names, n=NUM_NEAREST, cutoff=0.0))


def _only_output(given: str) -> Message:
    return Message(
        "{given} given, but the network has a single layer with weights, which must be trained; accepted: nothing to "
        "freeze. Choose none, or add layers.",
        given=given,
    )
