"""The learning rates that a schedule gives, as a curve in the form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from trainer.messages.message import Message
from trainer.spec import ReduceOnPlateau, Spec

NUM_RATES = 240


@dataclass(frozen=True)
class RateCurve:
    """The learning rates of a training by the epochs before them, from the first batch to the last."""

    # The size of the drawing.
    width: ClassVar[int] = 240
    height: ClassVar[int] = 48

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
        across, up = self.width / self.num_epochs, self.height / (self.peak or 1.0)
        pairs = zip(self.epochs, self.rates, strict=True)
        return " ".join(f"{epoch * across:.1f},{self.height - rate * up:.1f}" for epoch, rate in pairs)

    @property
    def words(self) -> Message:
        """The rates at the start, at the peak and at the end."""
        if self.watches_loss:
            return Message("{peak:.3g} at most, lowered whenever the validation loss stops improving.", peak=self.peak)
        at = self.epochs[self.rates.index(self.peak)]
        if not at:
            return Message("{start:.3g} at the start, {end:.3g} at the end.", start=self.rates[0], end=self.rates[-1])
        return Message(
            "{start:.3g} at the start, {peak:.3g} at the peak after epoch {epoch:.3g}, {end:.3g} at the end.",
            start=self.rates[0],
            peak=self.peak,
            epoch=at,
            end=self.rates[-1],
        )


def rate_curve(spec: Spec, steps_per_epoch: int) -> RateCurve | None:
    """The learning rates of a schedule; ``None`` for a constant one. Warm-up and last batch are met exactly."""
    schedule, num_epochs, rate = spec.schedule, spec.fit.epochs, spec.optimizer.learning_rate
    if schedule.is_constant:
        return None
    last = num_epochs - 1 / steps_per_epoch
    drawn = {min(num_epochs * place / NUM_RATES, last) for place in range(NUM_RATES + 1)}
    epochs = tuple(sorted(drawn | {schedule.warmup_epochs}))
    rates = tuple(rate * schedule.factor_at(epoch, num_epochs) for epoch in epochs)
    return RateCurve(epochs, rates, num_epochs, isinstance(schedule.shape, ReduceOnPlateau))
