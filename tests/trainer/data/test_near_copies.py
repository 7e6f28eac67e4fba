"""Pictures that are nearly the same are found, others are not, and none is missed whose hash differs in three bits."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trainer.data.bundled.catalog import facts_of
from trainer.data.findings.near_copies import near_hashes
from trainer.data.findings.rules import findings_of
from trainer.data.loading import Data

numbers = st.integers(0, 2**64 - 1)


def pictures(count: int, side: int = 32) -> np.ndarray:
    """Smooth pictures that have nothing in common."""
    coarse = np.random.default_rng(1).integers(0, 256, (count, 8, 8, 3)).astype(np.uint8)
    smooth = [Image.fromarray(each).resize((side, side), Image.Resampling.BICUBIC) for each in coarse]
    return np.stack([np.asarray(each) for each in smooth])


def of_pictures(inputs: np.ndarray, num_test: int = 0) -> Data:
    size = {"num_examples": len(inputs), "num_test": num_test, "input_shape": inputs.shape[1:]}
    facts = facts_of("digits").model_copy(update=size)
    return Data(facts, inputs, (np.arange(len(inputs)) % 10).astype(np.int32), "0" * 64)


def resaved(picture: np.ndarray) -> np.ndarray:
    """A little darker, and as JPEG."""
    file = io.BytesIO()
    Image.fromarray((picture * 0.9).astype(np.uint8)).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def test_a_picture_that_was_saved_again_is_noticed_and_leaks_into_the_test() -> None:
    inputs = pictures(300)
    inputs[280], inputs[295] = resaved(inputs[3]), resaved(inputs[4])
    found = {each.name: each for each in findings_of(of_pictures(inputs, num_test=10))}
    assert found["near_copies"].indices == (3, 280, 4, 295)
    assert (found["near_leak"].indices, found["near_leak"].is_leak) == ((4, 295), True)


def test_other_pictures_those_of_one_colour_and_exact_copies_are_no_near_copies() -> None:
    inputs = pictures(300)
    inputs[50:60] = np.arange(10, dtype=np.uint8)[:, np.newaxis, np.newaxis, np.newaxis] * 20
    inputs[70] = inputs[80]
    assert {each.name for each in findings_of(of_pictures(inputs))} == {"copies"}


@given(numbers, st.sets(st.integers(0, 63), max_size=5), st.lists(numbers, max_size=50))
def test_hashes_that_differ_in_three_bits_at_most_are_found(number: int, bits: set[int], others: list[int]) -> None:
    near = number ^ sum(1 << bit for bit in bits)
    pairs = near_hashes(np.array([number, near, *others], np.uint64)).tolist()
    assert ([0, 1] in pairs) == (len(bits) <= 3)
