"""Weights of classes, and the examples of an epoch when rare or frequent classes are sampled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from tests.trainer.material import refused, spec_for
from trainer.data.bundled.catalog import facts_of
from trainer.data.sizes import training_facts
from trainer.spec import Spec
from trainer.training.balance import balanced_weights, num_sampled, sample
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

COUNTS = st.lists(st.integers(1, 40), min_size=2, max_size=6)


def shuffled(counts: list[int]) -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


@given(COUNTS)
def test_weights_are_those_of_scikit_learn_and_their_mean_is_one(counts: list[int]) -> None:
    targets = shuffled(counts)
    weights = balanced_weights(targets, len(counts))
    classes = np.arange(len(counts))
    assert weights == pytest.approx(compute_class_weight("balanced", classes=classes, y=targets))
    assert weights[targets].mean() == pytest.approx(1, rel=1e-5)


@given(COUNTS, st.integers(0, 2**31), st.integers(0, 1000))
def test_an_oversampled_epoch_has_every_example_and_as_many_of_each_class(
    counts: list[int], seed: int, epoch: int
) -> None:
    targets, indices = shuffled(counts), 1000 + np.arange(sum(counts))
    first, again = (sample(indices, targets, "oversample", np.random.default_rng([seed, epoch])) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert len(first) == num_sampled(targets, "oversample") == len(counts) * max(counts)
    assert np.bincount(targets[first - 1000]).tolist() == [max(counts)] * len(counts)
    times = np.bincount(first - 1000, minlength=len(indices))
    assert times.min() >= 1
    assert all(np.ptp(times[targets == number]) <= 1 for number in range(len(counts)))


@given(COUNTS, st.integers(0, 2**31))
def test_an_undersampled_epoch_has_no_example_twice_and_as_many_of_each_class(counts: list[int], seed: int) -> None:
    targets = shuffled(counts)
    drawn = sample(np.arange(sum(counts)), targets, "undersample", np.random.default_rng(seed))
    assert len(set(drawn.tolist())) == len(drawn) == num_sampled(targets, "undersample")
    assert np.bincount(targets[drawn]).tolist() == [min(counts)] * len(counts)


def test_every_epoch_draws_others_and_without_sampling_nothing_is_drawn() -> None:
    targets, generator = shuffled([50, 5]), np.random.default_rng(1)
    epochs = [set(sample(np.arange(55), targets, "undersample", generator).tolist()) for _ in range(2)]
    assert epochs[0] != epochs[1]
    before = generator.bit_generator.state
    indices = np.arange(55)
    assert sample(indices, targets, "none", generator) is indices
    assert generator.bit_generator.state == before


def test_a_spec_without_the_part_changes_nothing() -> None:
    assert (parse_spec({}).balance.weights, parse_spec({}).balance.sampling) == ("none", "none")


@pytest.mark.parametrize(("dataset", "balance", "said"), [
    ("diabetes", {"weights": "balanced"}, "no classes; accepted: none"),
    ("diabetes", {"sampling": "undersample"}, "no classes; accepted: none"),
    ("iris", {"weights": "balanced", "sampling": "oversample"}, "favour rare classes twice"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(dataset: str, balance: dict[str, str], said: str) -> None:
    spec = parse_spec({"dataset": {"name": dataset}, "balance": balance})
    (problem,) = check_spec(spec, facts_of(dataset))
    assert said in str(problem.message)
    assert problem.path[0] == "balance"
    assert "none, balanced" in str(refused({"balance": {"weights": "some"}})["balance", "weights"])


def epoch_of(sampling: str, **fit: int) -> tuple[Spec, int]:
    spec = spec_for("breast-cancer", balance={"sampling": sampling}, fit={"batch_size": 10} | fit)
    return spec, training_facts(spec, facts_of("breast-cancer"), [212, 357]).num_sampled


def test_the_steps_of_an_epoch_follow_from_the_classes() -> None:
    assert [epoch_of(sampling)[1] for sampling in ("none", "oversample", "undersample")] == [399, 500, 298]
    oversampled = spec_for("breast-cancer", balance={"sampling": "oversample"}, fit={"batch_size": 10})
    assert training_facts(oversampled, facts_of("breast-cancer")).num_sampled == 399
