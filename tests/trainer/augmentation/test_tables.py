"""What augmentation does to rows of a table."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.augmentation.arrays import NumpyArrays
from trainer.augmentation.augmenting import Augmenter, augmenter_of
from trainer.data.bundled.catalog import facts_of
from trainer.data.statistics import Statistics
from trainer.spec import Augmentation, Spec

IRIS = facts_of("iris")
ROWS = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
CLASSES = np.zeros(500, np.int32)


def test_noise_is_in_deviations_of_each_column() -> None:
    augment = Augmenter(Augmentation(feature_noise=0.5), IRIS, deviations=(0.0, 1.0, 10.0, 100.0))
    found = augment(NumpyArrays(0), ROWS, CLASSES).inputs
    assert found.dtype == np.float32
    assert (found - ROWS).std(axis=0) == pytest.approx([0.0, 0.5, 5.0, 50.0], rel=0.1)


def test_dropped_values_are_those_of_another_row_in_the_same_column() -> None:
    found = Augmenter(Augmentation(feature_dropout=0.3), IRIS)(NumpyArrays(0), ROWS, CLASSES).inputs
    is_dropped = found != ROWS
    assert is_dropped.mean(axis=0) == pytest.approx([0.3] * 4, abs=0.07)
    assert np.array_equal(found[is_dropped], np.roll(ROWS, 1, axis=0)[is_dropped])


def test_nothing_is_done_by_default_and_deviations_are_those_of_the_training_data() -> None:
    statistics = Statistics((0.0,) * 4, (4.0, 9.0, 0.0, 1.0), (0.0,) * 4, (1.0,) * 4)
    assert augmenter_of(Spec(), IRIS, statistics) is None
    found = augmenter_of(Spec(augmentation=Augmentation(feature_noise=1.0), seed=7), IRIS, statistics)
    assert found is not None
    assert (found.deviations, found.seed) == ((2.0, 3.0, 0.0, 1.0), 7)
