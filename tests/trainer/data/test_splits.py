"""A split is disjoint, complete, deterministic, of the size that was asked for, and stratified."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.made_up import table_facts
from tests.trainer.material import data_of
from trainer.data.loading import Data
from trainer.data.sizes import split_sizes
from trainer.data.splits import split
from trainer.errors import SpecError
from trainer.spec import Split

fractions = st.floats(0.05, 0.4)
splits = st.builds(Split, validation_fraction=fractions, test_fraction=fractions, seed=st.integers(0, 2**31 - 1))


def made_up(class_counts: list[int], official: int = 0) -> Data:
    """Data with so many examples a class, in mixed order."""
    targets = np.random.default_rng(0).permutation(np.repeat(np.arange(len(class_counts)), class_counts))
    classes = tuple(map(str, range(len(class_counts))))
    facts = table_facts(("x",), classes, len(targets), num_test=official)
    return Data(facts, np.zeros((len(targets), 1), np.float32), targets.astype(np.int32), "")


@given(splits, st.lists(st.integers(20, 200), min_size=2, max_size=6))
def test_parts_are_disjoint_complete_and_of_exact_size(fields: Split, counts: list[int]) -> None:
    data = made_up(counts)
    parts = split(data, fields)
    assert np.sort(np.concatenate([parts.train, parts.validation, parts.test])).tolist() == list(range(sum(counts)))
    sizes = split_sizes(fields, sum(counts))
    assert (len(parts.train), len(parts.validation), len(parts.test)) == sizes


@given(splits, st.lists(st.integers(20, 200), min_size=2, max_size=6))
def test_a_stratified_part_has_each_class_within_one_of_its_share(fields: Split, counts: list[int]) -> None:
    data = made_up(counts)
    parts = split(data, fields)
    for part in (parts.validation, parts.test):
        found = np.bincount(data.targets[part], minlength=len(counts))
        ideal = np.array(counts) * len(part) / sum(counts)
        assert (np.abs(found - ideal) < 1 + 1e-9).all()


@given(splits)
def test_the_same_fields_give_the_same_parts(fields: Split) -> None:
    data = data_of("iris")
    first, second = split(data, fields), split(data, fields)
    assert np.array_equal(first.train, second.train)
    assert np.array_equal(first.test, second.test)


@pytest.mark.parametrize("stratified", [True, False])
def test_another_seed_gives_other_parts(stratified: bool) -> None:
    data = data_of("digits")
    first, second = (split(data, Split(seed=seed, stratified=stratified)) for seed in (0, 1))
    assert not np.array_equal(first.train, second.train)


def test_what_is_shuffled_is_bit_for_bit_that_of_earlier_releases() -> None:
    digest = hashlib.sha256()
    for fields in (Split(), Split(seed=7, stratified=False), Split(official_test=False, test_fraction=0.3)):
        parts = split(made_up([60, 40, 33], official=17), fields)
        for part in (parts.train, parts.validation, parts.test):
            digest.update(part.astype("<i8").tobytes())
    assert digest.hexdigest() == "ae5eae30fd5e054bed03051db05ed76d8c1cae7e2117c7981df21f6baa84003c"


def test_the_official_test_split_is_kept_and_may_be_ignored() -> None:
    data = made_up([60, 40], official=20)
    kept = split(data, Split(official_test=True, validation_fraction=0.25))
    assert kept.test.tolist() == list(range(80, 100))
    assert (len(kept.validation), len(kept.train)) == (20, 60)
    ignored = split(data, Split(official_test=False, test_fraction=0.1))
    assert len(ignored.test) == 10
    assert ignored.test.min() < 80


def test_a_regression_is_split_without_strata() -> None:
    parts = split(data_of("diabetes"), Split())
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (310, 66, 66)


def test_a_class_without_training_examples_is_refused() -> None:
    data = made_up([1, 1, 1, 1, 50])
    fields = Split(stratified=False, validation_fraction=0.4, test_fraction=0.4)
    with pytest.raises(SpecError, match="training examples have none of"):
        split(data, fields)
