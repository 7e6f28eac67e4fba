"""What each technique does to pictures."""

from __future__ import annotations

import numpy as np
import pytest

from tests.trainer.augmentation.pictures import TECHNIQUES, augmented, classes, pictures
from trainer.spec import Augmentation


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TECHNIQUES)
def test_pictures_keep_shape_type_and_range_and_change(name: str, channels: int) -> None:
    given = pictures(channels)
    found = augmented(given, **{name: TECHNIQUES[name]}).inputs
    assert (found.shape, found.dtype) == (given.shape, np.float32)
    assert np.all((found >= -1 - 1e-5) & (found <= 3 + 1e-5))
    is_only_for_colours = name in {"hue", "saturation"} and channels == 1
    assert np.array_equal(found, given) == is_only_for_colours


def test_every_technique_for_pictures_is_tested() -> None:
    of_pictures = {
        name for name, info in Augmentation.model_fields.items() if "image" in info.json_schema_extra["applies_to"]
    }
    assert set(TECHNIQUES) == of_pictures


@pytest.mark.parametrize("name", TECHNIQUES)
def test_the_same_random_numbers_give_the_same_pictures(name: str) -> None:
    given, asked = pictures(3, number=8), {name: TECHNIQUES[name]}
    one, same, other = (augmented(given, seed, **asked).inputs for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("name", "axis"), [("horizontal_flip", 2), ("vertical_flip", 1)])
def test_a_flip_is_exact_and_hits_half_of_the_pictures(name: str, axis: int) -> None:
    given = pictures()
    found = augmented(given, **{name: True}).inputs
    flipped = np.flip(given, axis)
    is_flipped = [np.array_equal(one, other) for one, other in zip(found, flipped, strict=True)]
    is_kept = [np.array_equal(one, other) for one, other in zip(found, given, strict=True)]
    assert np.all(np.array(is_flipped) ^ np.array(is_kept))
    assert 16 < sum(is_flipped) < 48


def bar(size: int = 9) -> np.ndarray:
    """64 pictures of a bright bar in the middle, from top to bottom."""
    found = np.full((64, size, size, 1), -1.0, np.float32)
    found[:, :, size // 2] = 3.0
    return found


def test_a_rotation_turns_around_the_middle() -> None:
    found = augmented(bar(), rotation=180.0).inputs
    assert np.all(found[:, 4, 4] == pytest.approx(3, abs=1e-5))
    lies = found[:, 4, 1:-1].min(axis=1) > 2
    assert 0 < lies.sum() < 64


def test_a_translation_moves_whole_pictures_and_repeats_the_edge() -> None:
    found = augmented(bar(), translation=0.5).inputs
    assert np.allclose(found, found[:, :1])  # along the bar, nothing can be seen of it
    brightness = found[:, 0, :, 0] + 1
    middles = (brightness * np.arange(9)).sum(axis=1) / np.maximum(brightness.sum(axis=1), 1e-6)
    assert np.ptp(middles[brightness.sum(axis=1) > 3.9]) > 4


def test_a_zoom_makes_things_larger_or_smaller() -> None:
    wide = np.repeat(bar(5), 5, axis=2)
    widths = (augmented(wide, zoom=0.5).inputs[:, 0, :, 0] + 1).sum(axis=1) / 4
    assert 2.5 < widths.min() < 4
    assert 6 < widths.max() < 8


def test_a_crop_is_a_window_inside_of_the_picture() -> None:
    """Of a slope, every window shows a part of it: values neither repeat at the edge nor leave the slope."""
    slope = np.broadcast_to(np.linspace(-1, 3, 9, dtype=np.float32)[None, None, :, None], (64, 9, 9, 1))
    steps = np.diff(augmented(slope, crop=0.8).inputs, axis=2)
    assert np.all(steps > 0.1)
    assert steps.min() < 0.35
    assert steps.max() > 0.45


def test_brightness_adds_the_same_to_every_pixel_within_its_bounds() -> None:
    found = augmented(np.ones((64, 4, 4, 1), np.float32), brightness=0.25).inputs
    assert np.ptp(found, axis=(1, 2, 3)).max() == 0
    assert 0 <= found.min() < 0.2
    assert 1.8 < found.max() <= 2


def test_contrast_keeps_the_mean() -> None:
    given = pictures() / 4
    found = augmented(given, contrast=0.5).inputs
    assert found.mean(axis=(1, 2, 3)) == pytest.approx(given.mean(axis=(1, 2, 3)), abs=1e-5)
    ratios = found.std(axis=(1, 2, 3)) / given.std(axis=(1, 2, 3))
    assert 0.5 - 1e-5 <= ratios.min() < 0.7
    assert 1.3 < ratios.max() <= 1.5 + 1e-5


@pytest.mark.parametrize("name", ["hue", "saturation"])
def test_greys_have_neither_hue_nor_saturation(name: str) -> None:
    greys = np.repeat(pictures(1), 3, axis=-1)
    assert augmented(greys, **{name: 0.5}).inputs == pytest.approx(greys, abs=2e-3)


def test_blur_of_an_even_picture_changes_nothing_and_takes_spread_from_others() -> None:
    even = np.full((8, 5, 5, 3), 2.0, np.float32)
    assert augmented(even, blur=3.0).inputs == pytest.approx(even, abs=1e-5)
    given = pictures()
    assert np.all(augmented(given, blur=3.0).inputs.std(axis=(1, 2, 3)) <= given.std(axis=(1, 2, 3)) + 1e-5)


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    given = np.full((64, 16, 16, 1), 1.0, np.float32)
    assert (augmented(given, noise=0.1).inputs - given).std() == pytest.approx(0.4, rel=0.05)


def test_erasing_replaces_one_rectangle_by_the_mean_of_the_picture() -> None:
    given = pictures(3, size=(20, 20))
    found = augmented(given, random_erasing=0.5).inputs
    is_erased = np.any(found != given, axis=-1)
    areas = is_erased.mean(axis=(1, 2))
    assert 16 < np.sum(areas > 0) < 48
    assert areas.max() <= 0.4
    for number in np.flatnonzero(areas):
        rows, columns = is_erased[number].any(axis=1), is_erased[number].any(axis=0)
        assert np.array_equal(is_erased[number], rows[:, None] & columns[None, :])
        assert found[number][is_erased[number]] == pytest.approx(
            np.broadcast_to(given[number].mean(axis=(0, 1)), (is_erased[number].sum(), 3)), abs=1e-5
        )


def test_what_is_not_mixed_has_the_targets_that_it_had() -> None:
    found = augmented(pictures(), rotation=10.0, random_erasing=1.0)
    assert found.weights is None
    assert np.array_equal(found.targets, classes())
