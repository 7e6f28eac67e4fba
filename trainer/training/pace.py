"""The speed of a training: the number of steps per compiled call, and the time left."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_CALL = 0.2
WEIGHT_OF_NEWEST = 0.3
# The first call compiles, and often the second; after them, a rate is steady once it was measured for so long.
CALLS_THAT_COMPILE, STEADY_SECONDS = 2, 2.0


@dataclass
class Pace:
    """Running means of the seconds per step and per epoch.

    A compiled call runs as many steps as fit into 0.2 s: long enough that the overhead of Python is negligible, short
    enough that a stop is obeyed at once. The first epoch of a process includes compilation, so it is not counted.
    """

    seconds_per_step: float | None = None
    seconds_per_epoch: float | None = None
    num_epochs: int = 0
    num_calls: int = 0
    steady_steps: int = 0
    steady_seconds: float = 0.0

    def steps_per_call(self) -> int:
        if self.seconds_per_step is None:
            return 1
        return max(1, int(SECONDS_PER_CALL / max(self.seconds_per_step, 1e-7)))

    def took(self, steps: int, seconds: float) -> None:
        """Record the duration of one compiled call."""
        self.seconds_per_step = seconds / steps
        self.num_calls += 1
        if self.num_calls > CALLS_THAT_COMPILE:
            self.steady_steps, self.steady_seconds = self.steady_steps + steps, self.steady_seconds + seconds

    def epoch_took(self, seconds: float) -> None:
        """Record the duration of one whole epoch, validation included."""
        self.num_epochs += 1
        if self.num_epochs == 1:
            return
        if self.seconds_per_epoch is None:
            self.seconds_per_epoch = seconds
        self.seconds_per_epoch += WEIGHT_OF_NEWEST * (seconds - self.seconds_per_epoch)

    def seconds_left(self, epochs_left: float, steps_per_epoch: int) -> float | None:
        """Estimate the time for ``epochs_left`` epochs, from epochs after the first, else from a steady rate of steps.

        Returns ``None`` while neither is known.
        """
        if epochs_left <= 0:
            return 0.0
        if self.seconds_per_epoch is not None:
            return epochs_left * self.seconds_per_epoch
        if self.steady_seconds >= STEADY_SECONDS:
            return epochs_left * steps_per_epoch * self.steady_seconds / self.steady_steps
        return None
