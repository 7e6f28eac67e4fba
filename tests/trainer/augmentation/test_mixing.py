"""mixup and CutMix: what is mixed, and what then counts as its class."""

from __future__ import annotations

import numpy as np
import pytest

from tests.trainer.augmentation.pictures import augmented, classes, pictures
from trainer.augmentation.arrays import NumpyArrays
from trainer.augmentation.augmenting import Augmenter
from trainer.augmentation.mixing import mixed, quantiles
from trainer.data.bundled.catalog import facts_of
from trainer.spec import Augmentation


@pytest.mark.parametrize("asked", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 1.0, "cutmix": 1.0}])
def test_both_classes_count_by_their_share(asked: dict[str, float]) -> None:
    """A picture that is 1 or -1 all over shows by its mean how much of each there is."""
    number = 60
    given = np.where(np.arange(number) % 2, 1.0, -1.0).astype(np.float32)[:, None, None, None] * np.ones((1, 8, 8, 1))
    found = augmented(given.astype(np.float32), **asked)
    of_other = (1 - found.inputs.mean(axis=(1, 2, 3)) * given[:, 0, 0, 0]) / 2
    assert found.weights[number:] == pytest.approx(2 * of_other, abs=1e-5)
    assert found.weights[:number] + found.weights[number:] == pytest.approx(np.full(number, 2.0))
    assert of_other.max() <= 0.5 + 1e-6
    assert 0.05 < of_other.mean() < 0.4
    assert np.array_equal(found.targets, np.concatenate([classes(number), np.roll(classes(number), 1)]))


def test_cutmix_shows_one_rectangle_of_the_picture_before() -> None:
    given = pictures(size=(10, 10))
    found = augmented(given, cutmix=1.0).inputs
    is_other = (found == np.roll(given, 1, axis=0)).all(axis=-1)
    assert np.array_equal(is_other, (found != given).all(axis=-1))
    for box in is_other:
        assert np.array_equal(box, box.any(axis=1)[:, None] & box.any(axis=0)[None, :])


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 4.0, 10.0])
def test_shares_follow_the_beta_distribution(alpha: float) -> None:
    rows = np.zeros((20_000, 1), np.float32)
    shares = mixed(NumpyArrays(0), rows, Augmentation(mixup=alpha))[1]
    drawn = np.random.default_rng(1).beta(alpha, alpha, 20_000)
    expected = np.minimum(drawn, 1 - drawn)
    for share in (0.25, 0.5, 0.75, 0.95):
        assert np.quantile(shares, share) == pytest.approx(np.quantile(expected, share), abs=0.012)


def test_quantiles_of_the_smallest_alpha_are_numbers() -> None:
    assert np.all(np.diff(quantiles(1e-6)) >= 0)
    assert np.isfinite(quantiles(1e-6)).all()


def test_targets_that_are_numbers_are_mixed_themselves() -> None:
    facts = facts_of("diabetes")
    rows = np.arange(32, dtype=np.float32)[:, None] * np.ones((1, facts.input_shape[0]), np.float32)
    found = Augmenter(Augmentation(mixup=1.0), facts)(NumpyArrays(0), rows, 3 * rows[:, 0])
    assert found.weights is None
    assert found.targets == pytest.approx(3 * found.inputs[:, 0], rel=1e-5)
