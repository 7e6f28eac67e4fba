"""Learning-rate schedules: each with its own fields and its formula.

A formula gives the factor by which the learning rate of the optimiser is multiplied, from the epochs that have been
trained, a fraction within an epoch. It is written once, for any arithmetic: the form draws it with plain numbers, the
compiled step computes it with tensors.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from trainer.spec.fields import Option, Part, choice, field
from trainer.spec.optimization.arithmetic import PLAIN, Arithmetic, between


def end_field(default: float = 0.0) -> float:
    """The field of a schedule that says at which share of the learning rate it ends."""
    help = "Share of the learning rate that is left at the end; 0 to 0.1 is usual."
    end: float = field(default, label="End", help=help, ge=0.0, le=1.0)
    return end


class ScheduleShape(Option):
    """The shape of a schedule. One that ``spans_training`` depends on how many epochs are trained in total."""

    spans_training: ClassVar[bool] = False

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        """Return the factor after ``epoch`` of ``epochs`` epochs, both counted from the end of the warm-up."""
        return 0.0 * epoch + 1.0


class Constant(ScheduleShape):
    """The learning rate stays as it is."""

    title = "Constant"

    kind: Literal["constant"] = "constant"


class InverseTime(ScheduleShape):
    """Divided by 1 + k·t after t epochs: quick at first, then ever slower."""

    title = "1 / (1 + k·t)"

    kind: Literal["inverse_time"] = "inverse_time"
    decay: float = field(
        0.1,
        label="k",
        help="Growth of the divisor in an epoch: at 0.1, the rate is halved after 10 epochs and a third after 20. "
        "Usual: 0.01 to 1.",
        source="Robbins and Monro 1951, A stochastic approximation method",
        gt=0.0,
        le=1000.0,
    )

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        return 1.0 / (1.0 + self.decay * epoch)


class Step(ScheduleShape):
    """Lowered at once every so many epochs."""

    title = "Step"

    kind: Literal["step"] = "step"
    every_epochs: float = field(
        10.0,
        label="Every",
        help="Epochs between two drops; a third of the training is usual.",
        source="He et al. 2016, Deep residual learning for image recognition",
        unit="epochs",
        gt=0.0,
        le=100_000.0,
    )
    drop: float = field(
        0.1, label="Multiplied by", help="What each drop multiplies the rate by; 0.1 to 0.5 is usual.", gt=0.0, lt=1.0
    )

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        return arithmetic.power(self.drop, arithmetic.floor(epoch / self.every_epochs))


class Exponential(ScheduleShape):
    """Lowered by the same share in every epoch, a little after each step."""

    title = "Exponential"

    kind: Literal["exponential"] = "exponential"
    per_epoch: float = field(
        0.95,
        label="Per epoch",
        help="What an epoch multiplies the rate by; 0.9 to 0.99 is usual. At 0.95, a fifth is left after 30 epochs.",
        source="Keras documentation, ExponentialDecay",
        gt=0.0,
        lt=1.0,
    )

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        return arithmetic.power(self.per_epoch, epoch)


class Polynomial(ScheduleShape):
    """Lowered over the whole training along a power of what is left of it: a straight line for 1."""

    title = "Polynomial"
    spans_training = True

    kind: Literal["polynomial"] = "polynomial"
    power: float = field(
        1.0,
        label="Power",
        help="1 for a straight line, 2 to fall sooner; 0.9 to 2 is usual.",
        source="Chen et al. 2017, DeepLab, section 4.1",
        gt=0.0,
        le=10.0,
    )
    end: float = end_field()

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        left = 1.0 - arithmetic.minimum(epoch / epochs, 1.0)
        return self.end + (1.0 - self.end) * arithmetic.power(left, self.power)


class Cosine(ScheduleShape):
    """Lowered over the whole training along half a cosine: slowly, then quickly, then slowly again."""

    title = "Cosine"
    spans_training = True

    kind: Literal["cosine"] = "cosine"
    end: float = end_field()

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        return between(1.0, self.end, arithmetic.minimum(epoch / epochs, 1.0), arithmetic)


class CosineRestarts(ScheduleShape):
    """Lowered along half a cosine again and again, each time from the top."""

    title = "Cosine with restarts"

    kind: Literal["cosine_restarts"] = "cosine_restarts"
    first_epochs: float = field(
        10.0,
        label="First period",
        help="Epochs until the first restart; 1 to 10 is usual.",
        source="Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts",
        unit="epochs",
        gt=0.0,
        le=100_000.0,
    )
    lengthening: int = field(
        2, label="Lengthening", help="How many times as long each period is as the one before; 1 or 2.", ge=1, le=10
    )
    peak: float = field(
        1.0,
        label="Peak after a restart",
        help="Share of the previous peak to which a restart returns.",
        advanced=True,
        gt=0.0,
        le=1.0,
    )
    end: float = end_field()

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        begun, length, restarts = self._period(epoch, epochs, arithmetic)
        done = arithmetic.minimum((epoch - begun) / length, 1.0)
        peak = arithmetic.power(self.peak, restarts)
        return between(peak, self.end, done, arithmetic)

    def _period(self, epoch: Any, epochs: float, arithmetic: Arithmetic) -> tuple[Any, Any, Any]:
        """Return when the period of ``epoch`` began, its length and its number.

        Periods that lengthen are few, so they are compared one by one: a logarithm would miss the exact moment of a
        restart by its rounding.
        """
        if self.lengthening == 1:
            number = arithmetic.floor(epoch / self.first_epochs)
            return number * self.first_epochs, self.first_epochs, number
        begun, length, number = 0.0 * epoch, self.first_epochs + 0.0 * epoch, 0.0 * epoch
        start, period, restarts = self.first_epochs, self.first_epochs * self.lengthening, 1.0
        while start <= epochs:
            is_later = epoch >= start
            begun = arithmetic.where(is_later, start, begun)
            length = arithmetic.where(is_later, period, length)
            number = arithmetic.where(is_later, restarts, number)
            start, period, restarts = start + period, period * self.lengthening, restarts + 1.0
        return begun, length, number


class OneCycle(ScheduleShape):
    """Raised from a small rate to the learning rate, then lowered to almost nothing, once in the whole training.

    Only the rate: the momentum stays as it is.
    """

    title = "One cycle"
    spans_training = True

    kind: Literal["one_cycle"] = "one_cycle"
    rise: float = field(
        0.3,
        label="Rise",
        help="Share of the training until the peak; 0.25 to 0.4 is usual. The learning rate of the optimiser is the "
        "peak, and may be several times as large as with a constant rate.",
        source="Smith and Topin 2018, Super-convergence; fastai documentation, fit_one_cycle",
        gt=0.0,
        lt=1.0,
    )
    start: float = field(
        0.04, label="Start", help="Share of the learning rate to begin with; 0.04 is usual.", gt=0.0, le=1.0
    )
    end: float = end_field(0.00001)

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        done = arithmetic.minimum(epoch / epochs, 1.0)
        rising = between(self.start, 1.0, arithmetic.minimum(done / self.rise, 1.0), arithmetic)
        falling = between(1.0, self.end, arithmetic.maximum((done - self.rise) / (1.0 - self.rise), 0.0), arithmetic)
        return arithmetic.where(done < self.rise, rising, falling)


class ReduceOnPlateau(ScheduleShape):
    """Lowered whenever the validation loss has not improved for a while, which is no function of time."""

    title = "Reduce on plateau"

    kind: Literal["plateau"] = "plateau"
    patience: int = field(
        5,
        label="Patience",
        help="Epochs without an improvement before the rate is lowered; 3 to 10 is usual, and less than the patience "
        "of early stopping.",
        source="Keras documentation, ReduceLROnPlateau",
        unit="epochs",
        ge=1,
        le=100_000,
    )
    drop: float = field(
        0.2, label="Multiplied by", help="What the rate is multiplied by; 0.1 to 0.5 is usual.", gt=0.0, lt=1.0
    )
    min_delta: float = field(
        1e-4,
        label="Minimum improvement",
        help="A smaller change of the validation loss does not count.",
        ge=0.0,
        le=1e6,
    )
    least: float = field(
        0.001,
        label="At least",
        help="Share of the learning rate below which it is not lowered.",
        advanced=True,
        ge=0.0,
        le=1.0,
    )


Shape = Constant | InverseTime | Step | Exponential | Polynomial | Cosine | CosineRestarts | OneCycle | ReduceOnPlateau


class Schedule(Part):
    """How the learning rate changes while the network trains. The optimiser's learning rate is the highest."""

    shape: Shape = choice(
        Shape,
        Constant,
        label="Schedule",
        help="How the learning rate changes. Lowering it towards the end mostly gives better networks; cosine needs "
        "no fields. Polynomial, cosine and one cycle span all epochs: resumed to more, the rate changes from there "
        "on.",
        source="Goodfellow et al. 2016, Deep Learning, section 8.3.1",
    )
    warmup_epochs: float = field(
        0.0,
        label="Warm-up",
        help="Raise the rate from 0 in a straight line before the schedule begins; 0 for none. It steadies large "
        "rates and batches; 1 to 5 epochs are usual.",
        source="Goyal et al. 2017, Accurate, large minibatch SGD, section 2.2",
        unit="epochs",
        ge=0.0,
        lt=100_000.0,
    )

    @property
    def is_constant(self) -> bool:
        return isinstance(self.shape, Constant) and not self.warmup_epochs

    def factor_at(self, epoch: Any, epochs: float, arithmetic: Arithmetic = PLAIN) -> Any:
        """Return what the learning rate is multiplied by after ``epoch`` of ``epochs`` epochs.

        ``epoch`` is a number or a tensor of ``arithmetic``, with a fraction within an epoch; so is the factor. During
        the warm-up it grows linearly from 0 to the first factor of the shape, which has the epochs that are left for
        its own (Goyal et al. 2017; as Keras's ``CosineDecay`` with ``warmup_steps``).
        """
        shaped = self.shape.factor_at(
            arithmetic.maximum(epoch - self.warmup_epochs, 0.0), epochs - self.warmup_epochs, arithmetic
        )
        return shaped * arithmetic.minimum(epoch / self.warmup_epochs, 1.0) if self.warmup_epochs else shaped
