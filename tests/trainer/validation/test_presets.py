"""The examples train well: a beginner's first run is a good one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trainer.material import data_of, quiet, trained
from trainer.data.bundled.catalog import CATALOG, facts_of
from trainer.errors import SpecError
from trainer.inference.evaluation import evaluate
from trainer.validation.compatibility import check_spec
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
    result = evaluate(spec, data_of(spec.dataset.name), trained(spec, tmp_path), "test", quiet)
    metric, goal = GOALS[name]
    assert result["metrics"][metric] >= goal


@pytest.mark.parametrize("name", CATALOG)
def test_data_that_nobody_tried_has_settings_too(name: str) -> None:
    for size in (max(300, 20 * CATALOG[name].num_classes), 50_000):
        facts = CATALOG[name].model_copy(update={"name": "our own", "num_examples": size, "num_test": 0})
        for family in ("mlp", "convnet")[: 1 + (facts.kind == "image")]:
            assert check_spec(default_spec(facts, family), facts) == []


def test_the_metric_to_improve_follows_from_the_task() -> None:
    assert metric_for(facts_of("iris")) == ("val_accuracy", "max")
    assert metric_for(facts_of("diabetes")) == ("val_loss", "min")


def test_a_family_that_does_not_fit_is_refused_naming_those_that_do() -> None:
    with pytest.raises(SpecError, match="'convnet' given; accepted for Iris: mlp"):
        default_spec(facts_of("iris"), "convnet")
