"""A training that ends because a metric is good enough, or because its time is over."""

from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import pytest

from tests.trainer.training.test_session import SMALL_MLP, metrics, spec_of, train
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.data.bundled.catalog import facts_of
from trainer.process.cli import _sentence
from trainer.spec import StopAt
from trainer.spec.metrics import METRICS
from trainer.training.stopping import TimeLimit, is_reached
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec


def test_every_metric_that_training_measures_may_be_the_target() -> None:
    offered = get_args(StopAt.model_fields["metric"].annotation)
    assert set(offered) == {metric.name for metric in METRICS.values() if metric.in_training}


@pytest.mark.parametrize(
    ("metric", "reached", "missed"),
    [("accuracy", [0.8, 0.9], [0.79, math.nan]), ("loss", [0.8, 0.1], [0.81, math.nan]), ("r2_score", [1.0], [0.5])],
)
def test_a_value_is_reached_from_the_side_that_is_worse(metric: str, reached: list[float], missed: list[float]) -> None:
    target = StopAt.model_validate({"metric": metric, "value": 0.8})
    assert all(is_reached(target, {f"val_{metric}": value}) for value in reached)
    assert not any(is_reached(target, {f"val_{metric}": value}) for value in missed)


def test_a_training_ends_with_the_first_epoch_that_is_good_enough(tmp_path: Path) -> None:
    whole = metrics(train(spec_of(SMALL_MLP), tmp_path / "whole"))
    value = whole[2]["val_accuracy"]
    first = min(epoch for epoch in whole if whole[epoch]["val_accuracy"] >= value)
    found = train(spec_of(SMALL_MLP, stop_at={"metric": "accuracy", "value": value}), tmp_path / "target")
    assert (found[-1].reason, found[-1].epoch) == ("target_reached", first)  # type: ignore[union-attr]
    assert metrics(found) == {epoch: whole[epoch] for epoch in range(1, first + 1)}


def test_a_training_ends_with_the_epoch_in_which_its_time_is_over(tmp_path: Path) -> None:
    found = train(spec_of(SMALL_MLP, max_minutes=1e-6), tmp_path)
    assert (found[-1].reason, found[-1].epoch) == ("time_limit", 1)  # type: ignore[union-attr]
    assert str(_sentence(found[-1])) == "stopped after epoch 1, at the time limit"
    assert read_manifest(tmp_path / "checkpoints" / "cp-0001").callbacks["time"]["seconds"] > 0


def test_time_is_counted_over_all_attempts() -> None:
    limit = TimeLimit(100.0)
    limit.restore({"seconds": 99.0})
    assert 99.0 <= limit.seconds < 100.0
    limit.began -= 2
    assert limit.is_over()
    resumed = TimeLimit(100.0)
    resumed.restore(limit.to_json())
    assert resumed.spent == 0.0


def test_a_metric_of_another_task_is_refused() -> None:
    spec = parse_spec({"dataset": {"name": "digits"}, "fit": {"stop_at": {"metric": "r2_score", "value": 0.9}}})
    (problem,) = check_spec(spec, facts_of("digits"))
    assert problem.path == ("fit", "stop_at", "metric")
    assert "r2_score given, which is not measured on" in str(problem.message)
    assert "accepted: accuracy, loss" in str(problem.message)
