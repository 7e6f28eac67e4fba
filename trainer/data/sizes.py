"""How many examples each part of a split gets; plain arithmetic, so that the form can use it too."""

from __future__ import annotations

import math
from typing import NamedTuple

from trainer.spec import Split


class Sizes(NamedTuple):
    """Numbers of examples. ``train`` is below 1 when the other parts use up the data."""

    train: int
    validation: int
    test: int


def split_sizes(split: Split, num_examples: int, num_official_test: int = 0) -> Sizes:
    """Return the exact sizes of the parts.

    With an official test split of ``num_official_test`` examples the validation fraction applies to the rest.
    Halves are rounded up, and each held-out part has at least one example.
    """
    if split.official_test and num_official_test:
        test = num_official_test
        validation = _share(num_examples - test, split.validation_fraction)
    else:
        test = _share(num_examples, split.test_fraction)
        validation = _share(num_examples, split.validation_fraction)
    return Sizes(num_examples - validation - test, validation, test)


def _share(total: int, fraction: float) -> int:
    return max(1, math.floor(total * fraction + 0.5))
