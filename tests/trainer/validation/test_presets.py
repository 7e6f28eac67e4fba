"""The examples train well: a beginner's first run is a good one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trainer.material import NOWHERE, quiet, trained
from trainer.data.catalog import facts_of
from trainer.errors import SpecError
from trainer.inference.evaluation import evaluate
from trainer.validation.presets import EXAMPLES, default_spec, metric_for

GOALS = {
    "digits-mlp": ("accuracy", 0.95),
    "digits-convnet": ("accuracy", 0.98),
    "breast-cancer-mlp": ("accuracy", 0.95),
    "wine-mlp": ("accuracy", 0.9),
    "iris-mlp": ("accuracy", 0.9),
    "diabetes-mlp": ("r2_score", 0.4),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GOALS)
def test_an_example_reaches_its_goal_on_test_data(name: str, tmp_path: Path) -> None:
    spec = EXAMPLES[name]()
    result = evaluate(spec, trained(spec, tmp_path), "test", NOWHERE, quiet)
    metric, goal = GOALS[name]
    assert result["metrics"][metric] >= goal


def test_the_metric_to_improve_follows_from_the_task() -> None:
    assert metric_for(facts_of("iris")) == ("val_accuracy", "max")
    assert metric_for(facts_of("diabetes")) == ("val_loss", "min")


def test_a_family_that_does_not_fit_is_refused_naming_those_that_do() -> None:
    with pytest.raises(SpecError, match="'convnet' given; accepted for Iris: mlp"):
        default_spec("iris", "convnet")
