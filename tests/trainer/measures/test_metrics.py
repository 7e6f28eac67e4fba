"""Metrics against scikit-learn called directly, and against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from trainer.data.bundled.catalog import facts_of
from trainer.measures.calibration import expected_calibration_error, reliability
from trainer.measures.measuring import MEASURES, baseline, measure, measure_one
from trainer.spec.metrics import METRICS

RANDOM = np.random.default_rng(7)
TARGETS = RANDOM.integers(0, 6, 300).astype(np.int32)
PROBABILITIES = RANDOM.dirichlet(np.ones(6), 300).astype(np.float32)


@pytest.mark.parametrize("task", MEASURES)
def test_every_metric_of_the_registry_is_measured(task: str) -> None:
    assert {*MEASURES[task], "loss"} == {name for name, metric in METRICS.items() if task in metric.tasks}


def test_those_of_classes_are_those_of_scikit_learn() -> None:
    predicted = PROBABILITIES.argmax(axis=1)
    found = measure("classification", TARGETS, PROBABILITIES)
    assert found.pop("expected_calibration_error") is not None
    assert found == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(TARGETS, predicted),
            "top_5_accuracy": metrics.top_k_accuracy_score(TARGETS, PROBABILITIES, k=5),
            "balanced_accuracy": metrics.balanced_accuracy_score(TARGETS, predicted),
            "precision": metrics.precision_score(TARGETS, predicted, average="macro"),
            "recall": metrics.recall_score(TARGETS, predicted, average="macro"),
            "f1": metrics.f1_score(TARGETS, predicted, average="macro"),
            "roc_auc": metrics.roc_auc_score(TARGETS, PROBABILITIES.astype(np.float64), multi_class="ovr"),
            "pr_auc": np.mean(
                [metrics.average_precision_score(number == TARGETS, PROBABILITIES[:, number]) for number in range(6)]
            ),
            "log_loss": metrics.log_loss(TARGETS, PROBABILITIES),
        },
        rel=1e-5,
    )


def test_those_of_two_classes_by_hand() -> None:
    positive = np.array([0.9, 0.6, 0.4, 0.2])
    found = measure("classification", np.array([1, 0, 1, 0]), np.column_stack([1 - positive, positive]))
    assert "top_5_accuracy" not in found
    assert (found["accuracy"], found["f1"], found["balanced_accuracy"], found["roc_auc"]) == (0.5, 0.5, 0.5, 0.75)
    assert found["log_loss"] == pytest.approx(-(math.log(0.9) + 2 * math.log(0.4) + math.log(0.8)) / 4)
    # Of each class: the first is right, the second wrong, the third right.
    assert found["pr_auc"] == pytest.approx((1 + 2 / 3) / 2)


def test_classes_that_do_not_occur_count_in_no_mean() -> None:
    targets, probabilities = TARGETS[TARGETS < 3], PROBABILITIES[TARGETS < 3]
    found = measure("classification", targets, probabilities)
    aucs = [metrics.roc_auc_score(targets == number, probabilities[:, number]) for number in range(3)]
    assert found["roc_auc"] == pytest.approx(np.mean(aucs))
    recalls = metrics.recall_score(targets, probabilities.argmax(axis=1), labels=[0, 1, 2], average=None)
    assert found["balanced_accuracy"] == pytest.approx(recalls.mean())


def test_what_a_single_class_does_not_define_is_none_or_nan() -> None:
    same = np.zeros(300, np.int32)
    found = measure("classification", same, PROBABILITIES)
    assert (found["roc_auc"], found["pr_auc"]) == (None, None)
    assert math.isnan(measure_one("roc_auc", "classification", same, PROBABILITIES))
    assert math.isnan(measure_one("f1", "classification", same, np.full((300, 2), np.nan)))
    assert measure("regression", np.ones(1, np.float32), np.ones((1, 1), np.float32))["r2_score"] is None


def test_those_of_a_number_are_those_of_scikit_learn() -> None:
    actual, predicted = RANDOM.normal(150, 70, 101).astype(np.float32), RANDOM.normal(150, 70, 101).astype(np.float32)
    assert measure("regression", actual, predicted[:, None]) == pytest.approx(
        {
            "mean_absolute_error": metrics.mean_absolute_error(actual, predicted),
            "median_absolute_error": metrics.median_absolute_error(actual, predicted),
            "root_mean_squared_error": metrics.root_mean_squared_error(actual, predicted),
            "r2_score": metrics.r2_score(actual, predicted),
        }
    )


def test_calibration_by_hand() -> None:
    """Three sure of about 0.95, of which two are right; two sure of 0.6, a bound, of which one is right."""
    sure = np.array([0.95, 0.93, 0.97, 0.6, 0.6])
    targets, probabilities = np.array([0, 0, 1, 0, 1]), np.column_stack([sure, 1 - sure])
    bins = reliability(targets, probabilities)
    assert [(each["low"], each["count"]) for each in bins if each["count"]] == [(0.5, 2), (0.9, 3)]
    assert (bins[9]["accuracy"], bins[9]["confidence"]) == (pytest.approx(2 / 3), pytest.approx(0.95))
    assert bins[0] == {"low": 0.0, "high": 0.1, "count": 0, "confidence": None, "accuracy": None}
    expected = 3 / 5 * (0.95 - 2 / 3) + 2 / 5 * (0.6 - 0.5)
    assert expected_calibration_error(targets, probabilities) == pytest.approx(expected)


def test_the_baseline_is_the_dummy_of_scikit_learn_learned_from_the_training_part() -> None:
    """The most frequent class of what is measured may be another one."""
    facts, trained, targets = facts_of("iris"), np.array([0] * 3 + [1] * 5 + [2] * 2), np.array([0] * 6 + [1] * 2 + [2])
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), trained)
    found = baseline(facts, trained, targets)
    assert (found["answer"], found["metrics"]["accuracy"]) == (facts.class_names[1], pytest.approx(2 / 9))
    probabilities = dummy.predict_proba(np.zeros((9, 1)))
    assert found["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(targets, probabilities))
    assert found["metrics"]["roc_auc"] == 0.5


def test_the_baseline_of_a_number_is_the_mean() -> None:
    trained, targets = np.array([1.0, 2.0, 6.0], np.float32), np.array([2.0, 5.0], np.float32)
    found = baseline(facts_of("diabetes"), trained, targets)
    predicted = DummyRegressor().fit(np.zeros((3, 1)), trained).predict(np.zeros((2, 1)))
    assert (found["answer"], found["metrics"]["mean_absolute_error"]) == (3.0, 1.5)
    assert found["metrics"]["r2_score"] == pytest.approx(metrics.r2_score(targets, predicted))


LABELS = RANDOM.random((300, 4)) < (0.1, 0.3, 0.5, 0.9)
SHARES = np.clip(0.5 * LABELS + 0.6 * RANDOM.random((300, 4)), 0.01, 0.99).astype(np.float32)


def test_those_of_several_labels_are_those_of_scikit_learn() -> None:
    answered = SHARES >= 0.5
    assert measure("multilabel", LABELS.astype(np.float32), SHARES) == pytest.approx(
        {
            "micro_f1": metrics.f1_score(LABELS, answered, average="micro"),
            "exact_match": metrics.accuracy_score(LABELS, answered),
            "label_accuracy": 1 - metrics.hamming_loss(LABELS, answered),
            "label_ranking": metrics.label_ranking_average_precision_score(LABELS, SHARES),
            "precision": metrics.precision_score(LABELS, answered, average="macro"),
            "recall": metrics.recall_score(LABELS, answered, average="macro"),
            "f1": metrics.f1_score(LABELS, answered, average="macro"),
            "roc_auc": metrics.roc_auc_score(LABELS, SHARES, average="macro"),
            "pr_auc": metrics.average_precision_score(LABELS, SHARES, average="macro"),
            "log_loss": np.mean([metrics.log_loss(LABELS[:, at], SHARES[:, at].astype(float)) for at in range(4)]),
        },
        rel=1e-5,
    )


def test_labels_that_no_example_has_count_in_no_mean() -> None:
    truth, shares = np.array([[1, 0], [1, 0]], np.float32), np.array([[0.9, 0.8], [0.1, 0.2]], np.float32)
    found = measure("multilabel", truth, shares)
    assert (found["roc_auc"], found["pr_auc"], found["f1"]) == (None, None, pytest.approx(2 / 3))
    nothing = measure("multilabel", np.zeros((2, 2), np.float32), shares)
    assert (nothing["micro_f1"], nothing["f1"], nothing["label_accuracy"]) == (0, 0, 0.5)
