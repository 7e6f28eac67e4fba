"""Whether what is to be frozen or trained slowly is there, and leaves something to train."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from trainer.errors import Problem
from trainer.messages.message import Message
from trainer.networks.plan import Plan
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
        yield Problem(at, unknown_layer(freeze.layer, names))
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


def unknown_layer(given: str, names: list[str]) -> Message:
    """Say that the network has no layer ``given``, with those of ``names`` that resemble it most."""
    nearest = difflib.get_close_matches(given, names, n=NUM_NEAREST, cutoff=0.0)
    return Message(
        "“{given}” given, but the network has no such layer; accepted: a name in the preview, such as {names}. "
        "Correct it.",
        given=given,
        names=", ".join(nearest),
    )


def _only_output(given: str) -> Message:
    return Message(
        "{given} given, but the network has a single layer with weights, which must be trained; accepted: nothing to "
        "freeze. Choose Nothing, or add layers.",
        given=given,
    )
