"""Pictures and rows made up for the tests of augmentation."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.augmentation.arrays import NumpyArrays
from trainer.augmentation.augmenting import Augmenter, Batch
from trainer.data.facts import DatasetFacts
from trainer.spec import Augmentation, RandAugment

# Every technique for pictures alone, as strong as any training would have it.
TECHNIQUES: dict[str, Any] = {
    "horizontal_flip": True,
    "vertical_flip": True,
    "rotation": 180.0,
    "translation": 0.5,
    "zoom": 0.9,
    "brightness": 1.0,
    "contrast": 1.0,
    "rand_augment": RandAugment(num_operations=4, magnitude=30),
    "shear": 45.0,
    "crop": 0.95,
    "saturation": 1.0,
    "hue": 0.5,
    "noise": 1.0,
    "blur": 10.0,
    "random_erasing": 1.0,
    "cutmix": 1.0,
    "mixup": 1.0,
}


def facts_of_pictures(channels: int = 1, size: tuple[int, int] = (6, 5)) -> DatasetFacts:
    return DatasetFacts(
        name="made-up",
        title="Made up",
        task="classification",
        kind="image",
        input_shape=(*size, channels),
        num_examples=100,
        class_names=("a", "b", "c"),
        value_range=(-1.0, 3.0),
    )


def pictures(channels: int = 1, number: int = 64, size: tuple[int, int] = (6, 5)) -> np.ndarray:
    """Any values of the range, no two pictures alike."""
    return np.random.default_rng(0).uniform(-1, 3, (number, *size, channels)).astype(np.float32)


def classes(number: int = 64) -> np.ndarray:
    return (np.arange(number) % 3).astype(np.int32)


def augmented(inputs: np.ndarray, seed: int = 0, **asked: Any) -> Batch:
    facts = facts_of_pictures(inputs.shape[-1], inputs.shape[1:3])
    return Augmenter(Augmentation(**asked), facts)(NumpyArrays(seed), inputs, classes(len(inputs)))
