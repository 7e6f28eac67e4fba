"""RandAugment (Cubuk et al. 2020): for every picture a few of some operations, all equally strong.

An operation is chosen by its number being added to an amount, so that the whole batch is computed at once: geometry
joins the one resampling, colours the one map of colours. Operations therefore act in one order, and one that is
chosen twice acts with twice the strength. Of the paper's fourteen, equalising the histogram is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from trainer.augmentation.arrays import Array, Arrays, signs
from trainer.augmentation.colour import COLOURS, Tints
from trainer.augmentation.geometry import Pushes
from trainer.spec import RandAugment

STRONGEST = 30  # the magnitude at which an operation reaches what is said below
OPERATIONS = (
    "none",
    "rotation",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
    "brightness",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "autocontrast",
    "saturation",  # the last, because grey pictures have none
)
# As torchvision's RandAugment, which follows the paper; brightness is added here, and multiplied there.
ROTATION, SHEAR, TRANSLATION, BRIGHTNESS, ENHANCEMENT = math.radians(30), 0.3, 0.45, 0.45, 0.9


@dataclass(frozen=True)
class Chosen:
    """What was drawn for each picture; nothing without RandAugment."""

    pushes: Pushes | None = None
    tints: Tints | None = None
    sharpness: Array | None = None


def choose(arrays: Arrays, asked: RandAugment, pictures: Array) -> Chosen:
    """Draw the operations for ``pictures`` (batch, height, width, channels), and to which side each goes."""
    ops, has_colours = arrays.ops, pictures.shape[-1] == COLOURS
    operations = OPERATIONS if has_colours else OPERATIONS[:-1]
    drawn = arrays.uniform(2, asked.num_operations, ops.shape(pictures)[0])
    numbers = ops.floor(drawn[0] * len(operations))
    sides = signs(ops, drawn[1]) * (asked.magnitude / STRONGEST)
    amounts = {
        name: ops.sum(ops.cast(numbers == number, "float32") * sides, axis=0)
        for number, name in enumerate(operations)
        if number
    }
    return Chosen(
        pushes=Pushes(
            rotation=amounts["rotation"] * ROTATION,
            shear_x=amounts["shear_x"] * SHEAR,
            shear_y=amounts["shear_y"] * SHEAR,
            translate_x=amounts["translate_x"] * TRANSLATION,
            translate_y=amounts["translate_y"] * TRANSLATION,
        ),
        tints=Tints(
            brightness=amounts["brightness"] * BRIGHTNESS,
            contrast=amounts["contrast"] * ENHANCEMENT,
            saturation=amounts["saturation"] * ENHANCEMENT if has_colours else None,
            posterize=ops.abs(amounts["posterize"]),
            solarize=ops.abs(amounts["solarize"]),
            autocontrast=ops.abs(amounts["autocontrast"]),
        ),
        sharpness=amounts["sharpness"] * ENHANCEMENT,
    )
