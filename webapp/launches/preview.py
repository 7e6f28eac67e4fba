"""The network and the cost of a spec, computed without Keras, for the launch page while it is edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer.data.facts import DatasetFacts
from trainer.data.sizes import Sizes, training_facts
from trainer.messages.message import Message
from trainer.networks.families import plan_of
from trainer.networks.plan import Row
from trainer.networks.transfer import frozen_in_words
from trainer.spec import ReduceOnPlateau, Spec
from webapp.checkpoints.models import Checkpoint
from webapp.launches.branching import taken_from
from webapp.launches.estimates import Estimate, epoch_work, estimate
from webapp.teams.models import Team

BYTES_PER_PARAMETER = 4
NUM_RATES = 240
# What the curve of rates is drawn in.
CURVE_WIDTH, CURVE_HEIGHT = 240, 48
PREFIXES = ((1e15, "PFLOP"), (1e12, "TFLOP"), (1e9, "GFLOP"), (1e6, "MFLOP"), (1e3, "kFLOP"))


@dataclass(frozen=True)
class RateCurve:
    """The learning rates of a training by the epochs before them, from the first batch to the last."""

    epochs: tuple[float, ...]
    rates: tuple[float, ...]
    num_epochs: int
    watches_loss: bool

    @property
    def peak(self) -> float:
        return max(self.rates)

    @property
    def points(self) -> str:
        """The curve as an SVG polyline has it, the peak at the top and 0 at the bottom."""
        width, height = CURVE_WIDTH / self.num_epochs, CURVE_HEIGHT / (self.peak or 1.0)
        pairs = zip(self.epochs, self.rates, strict=True)
        return " ".join(f"{epoch * width:.1f},{CURVE_HEIGHT - rate * height:.1f}" for epoch, rate in pairs)

    @property
    def words(self) -> Message:
        """The rates at the start, at the peak and at the end."""
        at = self.epochs[self.rates.index(self.peak)]
        if self.watches_loss:
            return Message("{peak:.3g} at most, lowered whenever the validation loss stops improving.", peak=self.peak)
        if not at:
            return Message("{start:.3g} at the start, {end:.3g} at the end.", start=self.rates[0], end=self.rates[-1])
        return Message(
            "{start:.3g} at the start, {peak:.3g} at the peak after epoch {epoch:.3g}, {end:.3g} at the end.",
            start=self.rates[0],
            peak=self.peak,
            epoch=at,
            end=self.rates[-1],
        )


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
        taken=taken_from(parent, spec, plan) if parent else Message(""),
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


def rate_curve(spec: Spec, steps_per_epoch: int) -> RateCurve | None:
    """The learning rates of a schedule; ``None`` for a constant one. Warm-up and last batch are met exactly."""
    schedule, num_epochs, rate = spec.schedule, spec.fit.epochs, spec.optimizer.learning_rate
    if schedule.is_constant:
        return None
    last = num_epochs - 1 / max(steps_per_epoch, 1)
    drawn = {min(num_epochs * place / NUM_RATES, last) for place in range(NUM_RATES + 1)}
    epochs = tuple(sorted(drawn | {schedule.warmup_epochs}))
    rates = tuple(rate * schedule.factor_at(epoch, num_epochs) for epoch in epochs)
    return RateCurve(epochs, rates, num_epochs, isinstance(schedule.shape, ReduceOnPlateau))


def flop_in_words(flop: float) -> Message:
    """ "about 0.3 GFLOP": one or two digits, in the largest unit that fits."""
    for size, unit in PREFIXES:
        if flop >= size / 10:
            value = flop / size
            amount = f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
            return Message("about {amount}", amount=amount)
    return Message("about {amount}", amount=f"{flop:.0f} FLOP")
