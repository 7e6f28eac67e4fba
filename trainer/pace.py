"""How fast a training goes: the size of a compiled call, and the time that is left."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_CALL = 0.2
WEIGHT_OF_NEWEST = 0.3


@dataclass
class Pace:
    """Running means of the seconds a step and an epoch take.

    A compiled call takes as many steps as fit into 0.2 s: long enough that Python costs nothing, short enough
    that a stop is heard at once.
    """

    seconds_per_step: float | None = None
    seconds_per_epoch: float | None = None

    def steps_per_call(self) -> int:
        if self.seconds_per_step is None:
            return 1
        return max(1, int(SECONDS_PER_CALL / max(self.seconds_per_step, 1e-7)))

    def took(self, steps: int, seconds: float) -> None:
        """Learn from one compiled call."""
        self.seconds_per_step = seconds / steps

    def epoch_took(self, seconds: float) -> None:
        """Learn from one whole epoch, validation included."""
        if self.seconds_per_epoch is None:
            self.seconds_per_epoch = seconds
        self.seconds_per_epoch += WEIGHT_OF_NEWEST * (seconds - self.seconds_per_epoch)

    def seconds_left(self, epochs_left: float, steps_per_epoch: int) -> float | None:
        """Time for ``epochs_left`` epochs, or ``None`` before anything was measured."""
        if self.seconds_per_epoch is not None:
            return epochs_left * self.seconds_per_epoch
        if self.seconds_per_step is not None:
            return epochs_left * steps_per_epoch * self.seconds_per_step
        return None
