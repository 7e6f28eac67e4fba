"""The time left, by a clock of the test's own."""

from __future__ import annotations

import pytest

from trainer.training.pace import Pace

COMPILATION = 20.0
STEPS = 40


def told(epochs: int, seconds_per_step: float) -> list[float | None]:
    """The time left that is told at the end of each of ``epochs`` epochs, the first of which compiles."""
    pace, found = Pace(), []
    for epoch in range(epochs):
        compiling = COMPILATION if epoch == 0 else 0.0
        pace.took(1, compiling + seconds_per_step)
        pace.took(STEPS - 1, (STEPS - 1) * seconds_per_step)
        pace.epoch_took(compiling + STEPS * seconds_per_step)
        found.append(pace.seconds_left(epochs - epoch - 1, STEPS))
    return found


def test_compilation_is_never_taken_for_the_pace_of_all_epochs() -> None:
    left = told(epochs=30, seconds_per_step=0.0025)
    assert left[0] is None
    assert left[1:] == pytest.approx([0.1 * (30 - epoch) for epoch in range(2, 31)])


def test_a_run_of_one_epoch_ends_with_nothing_left() -> None:
    assert told(epochs=1, seconds_per_step=0.1) == [0.0]


def test_a_long_first_epoch_has_a_time_left_once_its_steps_are_steady() -> None:
    pace, left = Pace(), []
    for call in range(30):
        pace.took(10, COMPILATION if call == 0 else 0.2)
        left.append(pace.seconds_left(2 - 10 * (call + 1) / 1000, 1000))
    assert left[:11] == [None] * 11
    assert left[12:] == pytest.approx([(2000 - 10 * (call + 1)) * 0.02 for call in range(12, 30)])


def test_a_pace_that_changes_is_followed() -> None:
    pace = Pace()
    for seconds in (COMPILATION, 1.0, *[2.0] * 20):
        pace.epoch_took(seconds)
    assert pace.seconds_left(10, STEPS) == pytest.approx(20, rel=0.01)
