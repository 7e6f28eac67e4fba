"""Losses that are ours: equal to Keras's where it has them, and linear in the target, as mixed targets need."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.made_up import LABEL_FACTS
from tests.trainer.material import parts_of, spec_for
from trainer.data.bundled.catalog import facts_of
from trainer.spec import Spec
from trainer.training.losses import ClassLoss, LabelLoss, QuantileLoss, loss_of
from trainer.training.outcome import warning_of
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

gammas, smoothings = st.sampled_from([0.0, 0.5, 2.0, 5.0]), st.sampled_from([0.0, 0.1, 0.4])
seeds = st.integers(0, 10_000)


def logits(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=2.0, size=(5, 4)).astype(np.float32)


def softmax(values: np.ndarray) -> np.ndarray:
    return np.exp(values) / np.exp(values).sum(axis=-1, keepdims=True)


@given(seeds, gammas, smoothings)
@settings(deadline=None)
def test_focal_loss_and_smoothing_of_classes_are_those_of_keras(seed: int, gamma: float, smoothing: float) -> None:
    targets, given_logits = np.random.default_rng(seed).integers(0, 4, 5), logits(seed)
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=gamma, label_smoothing=smoothing)
    expected = pytest.approx(float(theirs(np.eye(4)[targets], softmax(given_logits))), rel=1e-4)
    assert float(ClassLoss(gamma, smoothing, from_logits=False)(targets, softmax(given_logits))) == expected
    assert float(ClassLoss(gamma, smoothing, from_logits=True)(targets, given_logits)) == expected


@given(seeds, gammas)
@settings(deadline=None)
def test_focal_loss_of_labels_is_that_of_keras(seed: int, gamma: float) -> None:
    targets = np.random.default_rng(seed).integers(0, 2, (5, 4)).astype(np.float32)
    given_labels = 1 / (1 + np.exp(-logits(seed)))
    theirs = keras.losses.BinaryFocalCrossentropy(gamma=gamma)
    assert float(LabelLoss(gamma, 0.0)(targets, given_labels)) == pytest.approx(
        float(theirs(targets, given_labels)), rel=1e-4
    )


@given(seeds, gammas, smoothings, st.floats(0.0, 1.0))
@settings(deadline=None)
def test_the_loss_of_mixed_labels_is_the_mixture_of_losses(
    seed: int, gamma: float, smoothing: float, share: float
) -> None:
    first, second = np.random.default_rng(seed).integers(0, 2, (2, 5, 4)).astype(np.float32)
    given_labels, loss = 1 / (1 + np.exp(-logits(seed))), LabelLoss(gamma, smoothing)
    mixed = float(loss(first + (second - first) * share, given_labels))
    apart = (1 - share) * float(loss(first, given_labels)) + share * float(loss(second, given_labels))
    assert mixed == pytest.approx(apart, rel=1e-4, abs=1e-6)


@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=9), st.floats(0.05, 0.95))
@settings(deadline=None)
def test_no_value_has_a_lower_quantile_loss_than_the_quantile(targets: list[float], quantile: float) -> None:
    values, loss = np.array(targets, np.float32), QuantileLoss(quantile)
    of_each = [float(loss(values, np.full((len(values), 1), value))) for value in values]
    best = np.quantile(values, quantile, method="inverted_cdf")
    assert float(loss(values, np.full((len(values), 1), best))) == pytest.approx(min(of_each), abs=1e-5)


@pytest.mark.parametrize(
    ("facts_name", "output", "name"),
    [
        ("iris", {}, "SparseCategoricalCrossentropy"),
        ("iris", {"label_smoothing": 0.1}, "ClassLoss"),
        ("iris", {"loss": "focal"}, "ClassLoss"),
        ("tags", {"label_smoothing": 0.1}, "BinaryCrossentropy"),
        ("tags", {"loss": "focal"}, "LabelLoss"),
    ],
)
def test_a_loss_is_keras_s_own_where_nothing_more_is_asked(facts_name: str, output: dict[str, Any], name: str) -> None:
    facts = LABEL_FACTS if facts_name == "tags" else facts_of(facts_name)
    statistics = parts_of(spec_for("iris"))[3]
    loss, weight = loss_of(parse_spec({"output": output}), facts, statistics)
    assert (type(loss).__name__, weight) == (name, 1.0)


@pytest.mark.parametrize(
    ("dataset", "output", "at", "words"),
    [
        ("diabetes", {"label_smoothing": 0.1}, "label_smoothing", "0.1 given, but"),
        ("diabetes", {"loss": "focal"}, "loss", "accepted: auto, mean_squared_error"),
        ("iris", {"loss": "quantile"}, "loss", "accepted: auto, crossentropy, focal"),
    ],
)
def test_a_loss_of_another_task_is_refused(dataset: str, output: dict[str, Any], at: str, words: str) -> None:
    spec: Spec = parse_spec({"dataset": {"name": dataset}, "network": {"kind": "mlp"}, "output": output})
    problems = {problem.path: str(problem.message) for problem in check_spec(spec, facts_of(dataset))}
    assert words in problems["output", at]


def test_a_network_that_learns_a_quantile_may_be_far_from_the_mean() -> None:
    last = {"loss": 1.0, "r2_score": -0.5, "val_r2_score": -0.4}
    assert warning_of(2.0, last, facts_of("diabetes"), {})
    assert not warning_of(2.0, last, facts_of("diabetes"), {}, learns_mean=False)
