"""How fast a training goes: the size of a compiled call, and the time that is left."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_PER_CALL = 0.2
WEIGHT_OF_NEWEST = 0.3
# Compilation is in the first call and often in the second; a rate is steady when it was measured for so long after.
CALLS_THAT_COMPILE, STEADY_SECONDS = 2, 2.0


@dataclass
class Pace:
    """Running means of the seconds a step and an epoch take.

    A compiled call takes as many steps as fit into 0.2 s: long enough that Python costs nothing, short enough
    that a stop is heard at once. The first epoch of a process holds compilation and says nothing of the others.
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
        """Learn from one compiled call."""
        self.seconds_per_step = seconds / steps
        self.num_calls += 1
        if self.num_calls > CALLS_THAT_COMPILE:
            self.steady_steps, self.steady_seconds = self.steady_steps + steps, self.steady_seconds + seconds

    def epoch_took(self, seconds: float) -> None:
        """Learn from one whole epoch, validation included."""
        self.num_epochs += 1
        if self.num_epochs == 1:
            return
        if self.seconds_per_epoch is None:
            self.seconds_per_epoch = seconds
        self.seconds_per_epoch += WEIGHT_OF_NEWEST * (seconds - self.seconds_per_epoch)

    def seconds_left(self, epochs_left: float, steps_per_epoch: int) -> float | None:
        """Time for ``epochs_left`` epochs: by two or more epochs, else by a steady rate of steps, else ``None``."""
        if epochs_left <= 0:
            return 0.0
        if self.seconds_per_epoch is not None:
            return epochs_left * self.seconds_per_epoch
        if self.steady_seconds >= STEADY_SECONDS:
            return epochs_left * steps_per_epoch * self.steady_seconds / self.steady_steps
        return None
