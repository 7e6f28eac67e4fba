"""The network and the cost of a spec, computed without Keras, for the launch page while it is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.data.facts import DatasetFacts
from trainer.data.sizes import Sizes, training_facts
from trainer.messages.message import NOTHING, Message
from trainer.networks.families import plan_of
from trainer.networks.plan import Row
from trainer.networks.transfer import frozen_in_words
from trainer.spec import Spec
from webapp.checkpoints.models import Checkpoint
from webapp.launches.branching import taken_from
from webapp.launches.estimates import Estimate, epoch_work, estimate
from webapp.launches.rate_curve import RateCurve, rate_curve
from webapp.teams.models import Team

BYTES_PER_PARAMETER = 4
PREFIXES = ((1e15, "PFLOP"), (1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP"), (1e3, "kFLOP"))


@dataclass(frozen=True)
class Preview:
    """Shapes and work of one training. ``multiply_adds`` is for one forward pass of one example.

    ``taken`` says which layers start with the weights of a checkpoint, ``frozen`` how much is frozen; they are empty
    when nothing is.

    If it ``samples_classes``, steps and work are approximate.
    """

    rows: list[Row]
    num_parameters: int
    taken: Message
    frozen: Message
    multiply_adds: int
    sizes: Sizes
    samples_classes: bool
    has_exact_sizes: bool
    steps_per_epoch: int
    num_steps: int
    flop_per_epoch: float
    estimate: Estimate
    rate_curve: RateCurve | None

    @property
    def num_bytes(self) -> int:
        return self.num_parameters * BYTES_PER_PARAMETER

    @property
    def work(self) -> Message:
        return flop_in_words(self.flop_per_epoch)


def preview_of(
    spec: Spec, facts: DatasetFacts, team: Team, class_counts: Sequence[int] = (), parent: Checkpoint | None = None
) -> Preview:
    """The preview of a spec without problems, on data whose classes have so many examples; a branch has a ``parent``.

    Raises :class:`SpecError` when its network cannot be planned.
    """
    plan, training = plan_of(spec, facts), training_facts(spec, facts, class_counts)
    work = epoch_work(plan, training)
    return Preview(
        rows=plan.outline(),
        num_parameters=plan.num_parameters,
        taken=taken_from(parent, spec, plan) if parent else NOTHING,
        frozen=frozen_in_words(plan),
        multiply_adds=plan.multiply_adds,
        sizes=training.sizes,
        samples_classes=spec.balance.sampling != "none",
        has_exact_sizes=training.is_exact,
        steps_per_epoch=training.steps_per_epoch,
        num_steps=training.total_steps,
        flop_per_epoch=work.flop,
        estimate=estimate(spec, work, team),
        rate_curve=rate_curve(spec, training.steps_per_epoch),
    )


def flop_in_words(flop: float) -> Message:
    """ "about 0.3 GFLOP": one or two digits, in the largest unit that fits."""
    for size, unit in PREFIXES:
        if flop >= size / 10:
            value = flop / size
            amount = f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
            return Message("about {amount}", amount=amount)
    return Message("about {amount}", amount=f"{flop:.0f} FLOP")
