"""The threshold of a classifier of two classes: the best of all on the examples that choose it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from trainer.measures.thresholds import (
    RULES,
    at_threshold,
    choose,
    positive_class,
    precision_recall_points,
    roc_points,
)

EXAMPLES = st.lists(st.tuples(st.booleans(), st.sampled_from(np.linspace(0, 1, 21))), min_size=2, max_size=40)
SCORES = {"f1": metrics.f1_score, "balanced_accuracy": metrics.balanced_accuracy_score}


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=30)  # scikit-learn takes its time
@given(examples=EXAMPLES)
def test_no_threshold_is_better_and_the_usual_one_is_left_only_for_a_better(
    rule: str, examples: list[tuple[bool, float]]
) -> None:
    is_positive, scores = (np.array(column) for column in zip(*examples, strict=True))
    if is_positive.all() or not is_positive.any():
        assert choose(is_positive, scores, rule) == 0.5
        return
    chosen = choose(is_positive, scores, rule)
    reached = SCORES[rule](is_positive, scores >= chosen)
    best = max(SCORES[rule](is_positive, scores >= at) for at in [0.5, *scores])
    assert reached == pytest.approx(best)
    assert reached > SCORES[rule](is_positive, scores >= 0.5) + 1e-12 or chosen == 0.5
    assert at_threshold(is_positive, scores, chosen)[rule] == pytest.approx(best)


def test_a_threshold_lies_midway_and_its_numbers_are_those_of_the_positive_class() -> None:
    is_positive, scores = np.array([True, True, False, False, False]), np.array([0.45, 0.35, 0.25, 0.2, 0.1])
    assert choose(is_positive, scores, "f1") == choose(is_positive, scores, "balanced_accuracy") == pytest.approx(0.3)
    usual = at_threshold(is_positive, scores, 0.5)
    assert usual == {"threshold": 0.5, "accuracy": 0.6, "balanced_accuracy": 0.5, "precision": 0.0, "recall": 0.0} | {
        "specificity": 1.0,
        "f1": 0.0,
    }


def test_neighbouring_numbers_are_told_apart() -> None:
    low = np.float64(0.3)
    scores = np.array([low, np.nextafter(low, 1)])
    assert low < choose(np.array([False, True]), scores, "f1") <= scores[1]


def test_the_rarer_class_of_the_training_data_is_positive() -> None:
    assert [positive_class(np.array(targets)) for targets in ([0, 1, 1], [0, 0, 1], [0, 1])] == [0, 1, 1]


def test_curves_end_at_the_corners_have_few_points_and_are_empty_for_one_class() -> None:
    random = np.random.default_rng(3)
    is_positive = random.random(5000) < 0.3
    scores = random.random(5000)
    roc, precision_recall = roc_points(is_positive, scores), precision_recall_points(is_positive, scores)
    assert (roc[0], roc[-1]) == ([0.0, 0.0], [1.0, 1.0])
    assert (precision_recall[0][0], precision_recall[-1]) == (1.0, [0.0, 1.0])
    assert max(len(roc), len(precision_recall)) <= 200
    assert (roc_points(is_positive & False, scores), precision_recall_points(is_positive & False, scores)) == ([], [])
