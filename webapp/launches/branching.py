"""Whether the weights of a checkpoint fit into the network of another spec."""

from __future__ import annotations

from itertools import zip_longest

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan, Row
from trainer.spec import Spec
from webapp.checkpoints.availability import why_unusable
from webapp.checkpoints.models import Checkpoint


def branch_problems(spec: Spec, facts: DatasetFacts, parent: Checkpoint) -> list[Problem]:
    """Why a run of ``spec`` cannot start with the weights of ``parent``; empty when it can.

    Each layer with weights must have the same number of weights and the same output shape as in the parent's network.
    """
    if sentence := why_unusable(parent):
        return [Problem((), sentence)]
    try:
        old, new = plan_of(parent.run.parsed_spec, parent.run.dataset.facts), plan_of(spec, facts)
    except SpecError:
        return []  # check_spec reports what is wrong with the network
    for before, after in zip_longest(_weighted(old), _weighted(new)):
        if before is None or after is None or _shape(before) != _shape(after):
            return [Problem(("network",), _message(parent, before, after))]
    return []


def _weighted(plan: Plan) -> list[Row]:
    return [row for row in plan.outline() if row.num_parameters]


def _shape(row: Row) -> tuple[str, int, tuple[int, ...]]:
    return row.kind, row.num_parameters, tuple(row.output_shape)


def _message(parent: Checkpoint, before: Row | None, after: Row | None) -> Message:
    advice = Message("Give this network the same layers, or launch without the parent.")
    return joined(_mismatch(parent, before, after), advice)


def _mismatch(parent: Checkpoint, before: Row | None, after: Row | None) -> Message:
    names = {"checkpoint": parent.name, "run": parent.run.name}
    if before and after:
        return Message(
            "The weights of {checkpoint} do not fit: {run} has {layer} where this network has {other}.",
            **names,
            layer=_counted(before),
            other=_counted(after),
        )
    if before:
        return Message(
            "The weights of {checkpoint} do not fit: {run} has {layer} where this network has no further layer with "
            "weights.",
            **names,
            layer=_counted(before),
        )
    assert after
    return Message(
        "The weights of {checkpoint} do not fit: {run} has no further layer with weights where this network has "
        "{layer}.",
        **names,
        layer=_counted(after),
    )


def _counted(row: Row) -> Message:
    return Message("{layer} with {weights:,} weights", layer=row.name, weights=row.num_parameters)
