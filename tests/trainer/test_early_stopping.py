from __future__ import annotations

import math

from trainer.early_stopping import Patience
from trainer.spec import EarlyStopping

RULE = EarlyStopping(patience=2, min_delta=0.1)


def test_it_ends_after_patience_epochs_without_an_improvement() -> None:
    patience = Patience(RULE)
    assert [patience.observe(loss) for loss in (1.0, 0.8, 0.75, 0.72)] == [False, False, False, True]


def test_a_small_improvement_does_not_count() -> None:
    patience = Patience(RULE)
    patience.observe(1.0)
    patience.observe(0.95)
    assert (patience.best, patience.waited) == (1.0, 1)


def test_nan_is_never_an_improvement() -> None:
    patience = Patience(RULE)
    patience.observe(math.nan)
    assert patience.waited == 1


def test_its_state_survives_a_checkpoint() -> None:
    patience, restored = Patience(RULE), Patience(RULE)
    patience.observe(1.0)
    patience.observe(1.0)
    restored.restore(patience.to_json())
    assert restored == patience


def test_a_run_that_had_ended_waits_anew_when_resumed() -> None:
    patience = Patience(RULE)
    patience.restore({"best": 0.5, "waited": 2})
    assert patience.waited == 0
