"""Which weights of a checkpoint the network of another spec starts with."""

from __future__ import annotations

from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined
from trainer.networks.families import plan_of
from trainer.networks.plan import Plan
from trainer.networks.transfer import fitting, taken_in_words, taken_layers
from trainer.spec import Spec
from webapp.checkpoints.availability import why_unusable
from webapp.checkpoints.models import Checkpoint


def branch_problems(spec: Spec, facts: DatasetFacts, parent: Checkpoint) -> list[Problem]:
    """Why a run of ``spec`` cannot start with the weights of ``parent``; empty when it can.

    At least the first layers must fit, so that something is taken over, and nothing that is frozen may be new.
    """
    if sentence := why_unusable(parent):
        return [Problem((), sentence)]
    try:
        old, new = _plan_of_parent(parent), plan_of(spec, facts)
    except SpecError:
        return []  # check_spec reports what is wrong with the network
    taken = _taken(spec, old, new)
    if not taken:
        return [Problem(("network",), _nothing_fits(parent, old, new))]
    if frozen := [name for name in new.frozen if name not in taken]:
        return [Problem(("transfer", "freeze"), _frozen_anew(parent, frozen))]
    return []


def taken_from(parent: Checkpoint, spec: Spec, plan: Plan) -> Message:
    """Say which layers of ``plan``, the network of ``spec``, start with the weights of ``parent``.

    Raises :class:`SpecError` for a parent whose network has no plan.
    """
    where = Message("{checkpoint} of {run}", checkpoint=parent.name, run=parent.run.name)
    return taken_in_words(plan, _taken(spec, _plan_of_parent(parent), plan), where)


def _taken(spec: Spec, old: Plan, new: Plan) -> list[str]:
    return taken_layers(new, fitting(old, new), new_output=spec.transfer.new_output)


def _plan_of_parent(parent: Checkpoint) -> Plan:
    return plan_of(parent.run.parsed_spec, parent.run.dataset.facts)


def _nothing_fits(parent: Checkpoint, old: Plan, new: Plan) -> Message:
    found = Message(
        "The weights of {checkpoint} do not fit: {run} begins with {layer}, this network with {other}.",
        checkpoint=parent.name,
        run=parent.run.name,
        layer=_first(old),
        other=_first(new),
    )
    advice = Message("Give this network the same first layers, for inputs of the same shape, or launch without it.")
    return joined(found, advice)


def _first(plan: Plan) -> Message:
    name = plan.weighted[0]
    return Message("{layer} with {weights:,} weights", layer=name, weights=plan.cost_of(name).num_parameters)


def _frozen_anew(parent: Checkpoint, names: list[str]) -> Message:
    return Message(
        "{names} would be frozen, but {checkpoint} of {run} has no weights that fit: random ones would be kept. Freeze "
        "fewer layers, or keep the network as it was up to them.",
        names=", ".join(names),
        checkpoint=parent.name,
        run=parent.run.name,
    )
