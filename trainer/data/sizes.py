"""How many examples each part of a split gets, and how many steps that makes; plain arithmetic, so that the form can
use it too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trainer.data.facts import DatasetFacts
from trainer.spec import Spec, Split


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


@dataclass(frozen=True)
class TrainingFacts:
    """What follows from a spec and its data before anything is loaded: sizes of the parts, and numbers of steps.

    A step is one batch; the last batch of an epoch may be smaller. An epoch has ``num_sampled`` examples, which are
    those of the training part unless classes are sampled.
    """

    sizes: Sizes
    num_sampled: int
    steps_per_epoch: int
    total_steps: int


def training_facts(spec: Spec, facts: DatasetFacts, class_counts: Sequence[int] = ()) -> TrainingFacts:
    """Return the sizes and steps of a training of ``spec`` on such data.

    Where classes are sampled, an epoch has about as many examples as follows from ``class_counts``, those of all the
    data; exactly how many depends on the split. Without the counts, it is taken to have those of the training part.
    """
    sizes = split_sizes(spec.split, facts.num_examples, facts.num_test)
    num_sampled = _num_sampled(spec, sizes.train, class_counts)
    steps = num_batches(num_sampled, spec.fit.batch_size)
    return TrainingFacts(sizes, num_sampled, steps, steps * spec.fit.epochs)


def _num_sampled(spec: Spec, num_train: int, class_counts: Sequence[int]) -> int:
    sampling = spec.balance.sampling
    if sampling == "none" or not any(class_counts):
        return num_train
    of_all = max(class_counts) if sampling == "oversample" else min(class_counts)
    return len(class_counts) * max(1, round(of_all * num_train / sum(class_counts)))


def num_batches(num_examples: int, batch_size: int) -> int:
    """Return how many batches hold ``num_examples``; the last one may be smaller."""
    return -(-num_examples // batch_size)
