"""Each schedule is its published formula at every step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.optimizers import schedules as published

from trainer.data.bundled.catalog import facts_of
from trainer.spec import Schedule, Spec
from trainer.spec.optimization.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    OneCycle,
    Polynomial,
    ReduceOnPlateau,
    Shape,
    Step,
)
from trainer.training.schedule import ScheduledRate
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

shares, rates = st.floats(0.0, 1.0), st.floats(0.01, 0.99)
lengths = st.integers(1, 12).map(float)
restarts = st.builds(CosineRestarts, first_epochs=lengths, lengthening=st.integers(1, 4), peak=rates, end=shares)
cycles = st.builds(OneCycle, rise=rates, start=rates, end=shares)
of_keras = st.one_of(
    st.builds(InverseTime, decay=st.floats(0.001, 10.0)),
    st.builds(Step, every_epochs=lengths, drop=rates),
    st.builds(Exponential, per_epoch=rates),
    st.builds(Polynomial, power=st.sampled_from([0.5, 1.0, 2.0]), end=shares),
    st.builds(Cosine, end=shares),
)
shapes = st.one_of(of_keras, restarts, cycles, st.just(Constant()), st.just(ReduceOnPlateau()))
epochs, steps = st.integers(1, 40), st.integers(1, 9)


def keras_schedule(shape: Shape, epochs: int, steps: int) -> Any:
    """Keras's own schedule, from a rate of 1."""
    total = epochs * steps
    match shape:
        case InverseTime(decay=decay):
            return published.InverseTimeDecay(1.0, steps, decay)
        case Step(every_epochs=every, drop=drop):
            return published.ExponentialDecay(1.0, int(every) * steps, drop, staircase=True)
        case Exponential(per_epoch=rate):
            return published.ExponentialDecay(1.0, steps, rate)
        case Polynomial(power=power, end=end):
            return published.PolynomialDecay(1.0, total, end, power)
        case Cosine(end=end):
            return published.CosineDecay(1.0, total, end)
    raise AssertionError(shape)


@given(of_keras, epochs, steps)
@settings(max_examples=50, deadline=None)
def test_every_step_has_the_rate_that_keras_gives(shape: Shape, epochs: int, steps: int) -> None:
    counted = np.arange(epochs * steps + 1)
    found = [shape.factor_at(step / steps, epochs) for step in counted.tolist()]
    assert found == pytest.approx(np.asarray(keras_schedule(shape, epochs, steps)(counted)), abs=2e-4)


@given(restarts, epochs, steps)
def test_restarts_anneal_each_period_by_itself(shape: CosineRestarts, epochs: int, steps: int) -> None:
    length, peak, left = int(shape.first_epochs) * steps, 1.0, 0
    for step in range(epochs * steps):
        annealed = shape.end + (peak - shape.end) * (1 + math.cos(math.pi * left / length)) / 2
        assert shape.factor_at(step / steps, epochs) == pytest.approx(annealed, abs=1e-9)
        left += 1
        if left == length:
            length, peak, left = length * shape.lengthening, peak * shape.peak, 0


@given(cycles, epochs, steps)
def test_one_cycle_rises_to_the_rate_and_falls_to_its_end(shape: OneCycle, epochs: int, steps: int) -> None:
    for step in range(epochs * steps + 1):
        done = step / (epochs * steps)
        first, last, part = shape.start, 1.0, done / shape.rise
        if done >= shape.rise:
            first, last, part = 1.0, shape.end, (done - shape.rise) / (1 - shape.rise)
        expected = first + (last - first) * (1 - math.cos(math.pi * part)) / 2
        assert shape.factor_at(step / steps, epochs) == pytest.approx(expected, abs=1e-9)


@given(shapes, st.integers(2, 40), steps, st.sampled_from([0.0, 0.5, 1.0, 1.75]))
@settings(max_examples=50, deadline=None)
def test_tensors_give_what_plain_numbers_draw(shape: Shape, epochs: int, steps: int, warmup: float) -> None:
    spec = Spec.model_validate(
        {
            "schedule": Schedule(shape=shape, warmup_epochs=warmup),
            "optimizer": {"kind": "sgd", "learning_rate": 0.5},
            "fit": {"epochs": epochs},
        }
    )
    counted = np.arange(epochs * steps)
    drawn = [0.5 * spec.schedule.factor_at(step / steps, epochs) for step in counted.tolist()]
    assert np.asarray(ScheduledRate(spec, steps)(counted)) == pytest.approx(drawn, abs=2e-4)


def test_a_warm_up_is_the_one_of_keras() -> None:
    schedule = Schedule(shape=Cosine(end=0.1), warmup_epochs=2.0)
    expected = published.CosineDecay(0.0, 30, 0.1, warmup_target=1.0, warmup_steps=10)
    assert [schedule.factor_at(step / 5, 8) for step in range(41)] == pytest.approx(
        [float(expected(step)) for step in range(41)], abs=1e-6
    )


def test_a_warm_up_as_long_as_the_training_is_refused() -> None:
    spec = parse_spec({"schedule": {"warmup_epochs": 3.0}, "fit": {"epochs": 3}})
    (problem,) = check_spec(spec, facts_of("digits"))
    assert problem.path == ("schedule", "warmup_epochs")
    assert "only 3 epochs" in str(problem.message)
