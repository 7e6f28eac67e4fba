from __future__ import annotations

import math

from trainer.spec import EarlyStopping
from trainer.training.stopping import EarlyStopper

RULE = EarlyStopping(patience=2, min_delta=0.1)


def test_it_ends_after_patience_epochs_without_an_improvement() -> None:
    stopper = EarlyStopper(RULE)
    assert [stopper.observe(loss) for loss in (1.0, 0.8, 0.75, 0.72)] == [False, False, False, True]


def test_a_small_improvement_does_not_count() -> None:
    stopper = EarlyStopper(RULE)
    stopper.observe(1.0)
    stopper.observe(0.95)
    assert (stopper.best, stopper.waited) == (1.0, 1)


def test_nan_is_never_an_improvement() -> None:
    stopper = EarlyStopper(RULE)
    stopper.observe(math.nan)
    assert stopper.waited == 1


def test_its_state_survives_a_checkpoint() -> None:
    stopper, restored = EarlyStopper(RULE), EarlyStopper(RULE)
    stopper.observe(1.0)
    stopper.observe(1.0)
    restored.restore(stopper.to_json())
    assert restored == stopper


def test_a_run_that_had_ended_waits_anew_when_resumed() -> None:
    stopper = EarlyStopper(RULE)
    stopper.restore({"best": 0.5, "waited": 2})
    assert stopper.waited == 0
