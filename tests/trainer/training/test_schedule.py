"""The learning rate that a training has: that of its schedule at every step, also after a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.training.test_session import SMALL_MLP, StopAfter, digest, metrics, spec_of, train
from trainer.events.events import AnyEvent, EpochEnded, Logged
from trainer.spec import ReduceOnPlateau, Schedule
from trainer.training.compilation import optimizer_of
from trainer.training.schedule import PlateauReducer, plateau_reducer
from trainer.validation.parsing import parse_spec

WARM = {"shape": {"kind": "cosine"}, "warmup_epochs": 1.0}
STEPS_PER_EPOCH = 20  # of SMALL_MLP


def rates(found: list[AnyEvent]) -> dict[int, float]:
    return {event.epoch: event.learning_rate for event in found if isinstance(event, EpochEnded)}


@pytest.mark.parametrize("fields", [{}, {"fit": {"epochs": 3, "gradient_accumulation": 2}}])
def test_each_step_of_the_optimizer_has_its_rate(fields: dict[str, Any]) -> None:
    plain = {"optimizer": {"kind": "sgd", "learning_rate": 0.5, "momentum": 0.0, "nesterov": False}}
    spec = parse_spec(plain | {"fit": {"epochs": 3}, "schedule": WARM} | fields)
    weight = keras.Variable([0.0])
    optimizer = optimizer_of(spec, 6, [weight])
    optimizer.build([weight])
    taken = []
    for _ in range(18):
        before = weight.numpy()
        optimizer.apply([np.ones(1, np.float32)], [weight])
        taken.append(float((before - weight.numpy())[0]))
    each = spec.fit.gradient_accumulation
    steps = [step for step in range(18) if (step + 1) % each == 0]
    assert [taken[step] for step in steps] == pytest.approx(
        [0.5 * spec.schedule.factor_at(step / 6, 3) for step in steps], abs=1e-6
    )


def test_the_rate_of_each_epoch_is_that_of_its_last_step_also_after_a_resume(tmp_path: Path) -> None:
    spec, bell = spec_of(SMALL_MLP | {"schedule": WARM}), StopAfter(2)
    first = train(spec, tmp_path / "first", bell=bell, stop=bell.stop)
    rest = train(spec, tmp_path / "rest", resume_from=tmp_path / "first" / "checkpoints" / "cp-0002")
    last = {epoch: epoch - 1 / STEPS_PER_EPOCH for epoch in range(1, 5)}
    expected = {epoch: 0.05 * spec.schedule.factor_at(at, 4) for epoch, at in last.items()}
    assert rates(first) | rates(rest) == pytest.approx(expected, abs=1e-7)
    assert list(rates(rest)) == [3, 4]


def test_a_plateau_lowers_the_rate_and_is_remembered_by_the_checkpoint(tmp_path: Path) -> None:
    plateau = {"shape": {"kind": "plateau", "patience": 2, "drop": 0.5, "min_delta": 1e6}}
    spec, bell = spec_of(SMALL_MLP | {"schedule": plateau}, epochs=6), StopAfter(4)
    whole = train(spec, tmp_path / "whole")
    # The first loss is an improvement on none; then two without one lower the rate after epochs 3 and 5.
    assert list(rates(whole).values()) == pytest.approx([0.05, 0.05, 0.05, 0.025, 0.025, 0.0125])
    train(spec, tmp_path / "first", bell=bell, stop=bell.stop)
    rest = train(spec, tmp_path / "rest", resume_from=tmp_path / "first" / "checkpoints" / "cp-0004")
    assert rates(rest) == {epoch: rates(whole)[epoch] for epoch in (5, 6)}
    assert metrics(rest) == {epoch: metrics(whole)[epoch] for epoch in (5, 6)}
    assert digest(tmp_path / "rest", "cp-0006") == digest(tmp_path / "whole", "cp-0006")


@given(st.lists(st.floats(0.0, 2.0), max_size=30), st.integers(1, 4), st.integers(0, 30))
@settings(deadline=None)
def test_a_plateau_is_where_keras_sees_one(losses: list[float], patience: int, restored_after: int) -> None:
    rule = ReduceOnPlateau(patience=patience, drop=0.5, min_delta=0.1, least=0.125)
    spec = parse_spec({}).model_copy(update={"schedule": Schedule(shape=rule)})
    reducer = plateau_reducer(spec, optimizer_of(spec, 1, []))
    assert reducer
    model = keras.Model()
    model.optimizer = keras.optimizers.SGD(1.0)
    theirs = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=patience, min_delta=0.1, min_lr=0.125)
    theirs.set_model(model)
    theirs.on_train_begin()
    for epoch, loss in enumerate(losses):
        if epoch == restored_after:
            state, reducer = reducer.to_json(), PlateauReducer(rule, reducer.scale)
            reducer.restore(state)
        reducer.observe(loss)
        theirs.on_epoch_end(epoch, {"val_loss": loss})
        assert float(reducer.scale) == float(model.optimizer.learning_rate)


def test_a_schedule_over_other_epochs_says_so_at_the_resume(tmp_path: Path) -> None:
    cosine = SMALL_MLP | {"schedule": {"shape": {"kind": "cosine"}}}
    train(spec_of(cosine, epochs=2), tmp_path / "first")
    found = train(spec_of(cosine, epochs=4), tmp_path / "rest", resume_from=tmp_path / "first/checkpoints/cp-0002")
    (said,) = [str(event.message) for event in found if isinstance(event, Logged)]
    assert said == (
        "The schedule of the learning rate now spans 4 epochs instead of 2: after epoch 2 the rate is 0.025, where it "
        "would have been 0."
    )
