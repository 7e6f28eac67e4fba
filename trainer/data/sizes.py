"""How many examples each part of a split gets, and how many steps that makes; plain arithmetic, so that the form can
use it too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trainer.data.facts import DatasetFacts
from trainer.data.membership import position
from trainer.errors import Problem
from trainer.messages.message import Message
from trainer.spec import Spec, Split


class Sizes(NamedTuple):
    """Numbers of examples. ``train`` is below 1 when the other parts use up the data."""

    train: int
    validation: int
    test: int


class Drawn(NamedTuple):
    """The shares of the pool that a split draws for validation and test; 0 where the dataset's own is used."""

    validation: float
    test: float

    def part_at(self, place: float) -> str:
        """The part of what falls at ``place``, from 0 to 1: test first, so that validation may change without it."""
        if place < self.test:
            return "test"
        return "validation" if place < self.test + self.validation else "train"


def drawn(split: Split, num_official_validation: int, num_official_test: int) -> Drawn:
    """What is drawn, given the sizes of the dataset's own splits."""
    own_validation, own_test = own_splits(split, num_official_validation, num_official_test)
    return Drawn(0.0 if own_validation else split.validation_fraction, 0.0 if own_test else split.test_fraction)


def own_splits(split: Split, num_official_validation: int, num_official_test: int) -> tuple[int, int]:
    """How many examples the dataset's own validation and test splits bring into this split."""
    validation = num_official_validation if split.official_validation else 0
    return validation, num_official_test if split.official_test else 0


def split_sizes(split: Split, num_examples: int, num_official_test: int = 0, num_official_validation: int = 0) -> Sizes:
    """Return the sizes of the parts: exact ones of the methods shuffled and timed, expected ones of the others.

    With official splits the fractions apply to the rest. Halves are rounded up, and each part that is drawn has at
    least one example.
    """
    validation, test = own_splits(split, num_official_validation, num_official_test)
    rest = num_examples - validation - test
    validation = validation or _share(rest, split.validation_fraction)
    test = test or _share(rest, split.test_fraction)
    return Sizes(num_examples - validation - test, validation, test)


def _share(total: int, fraction: float) -> int:
    return max(1, math.floor(total * fraction + 0.5))


def sizes_of_groups(split: Split, groups: Iterable[tuple[int, int]], facts: DatasetFacts) -> Sizes:
    """The exact sizes when whole ``groups``, each a number and its size, are drawn."""
    shares = drawn(split, facts.num_validation, facts.num_test)
    own_validation, own_test = own_splits(split, facts.num_validation, facts.num_test)
    counts = {"train": 0, "validation": own_validation, "test": own_test}
    for number, size in groups:
        counts[shares.part_at(position(number, split.seed))] += size
    return Sizes(**counts)


def method_problem(split: Split, facts: DatasetFacts) -> Problem | None:
    """Why data with such facts cannot be split by this method; ``None`` when it can."""
    if split.method == "grouped" and not facts.group_name:
        message = Message(
            "grouped given, but {dataset} has no groups; accepted: shuffled, stable. Choose one of these, or upload "
            "the data again and say which examples belong together.",
            dataset=facts.shown_title,
        )
    elif split.method == "timed" and not facts.time_name:
        message = Message(
            "timed given, but the examples of {dataset} have no times; accepted: shuffled, stable. Choose one of "
            "these, or upload the data again with a column of dates.",
            dataset=facts.shown_title,
        )
    else:
        return None
    return Problem(("split", "method"), message)


def empty_part(part: str, split: Split) -> Message:
    """What to do when the ``part`` ("train", "validation" or "test") of a split by hashes got nothing."""
    name = {"train": Message("training"), "validation": Message("validation"), "test": Message("test")}[part]
    if split.method == "grouped":
        return Message(
            "No group falls into the {part} part with the split seed {seed}. Choose another seed, or other fractions.",
            part=name,
            seed=split.seed,
        )
    return Message(
        "No example falls into the {part} part with the split seed {seed}. Choose another seed, or other fractions.",
        part=name,
        seed=split.seed,
    )


@dataclass(frozen=True)
class TrainingFacts:
    """What follows from a spec and its data before anything is loaded: sizes of the parts, and numbers of steps.

    A step is one batch; the last batch of an epoch may be smaller. Unless the sizes are exact, they are those to be
    expected: only the data says which examples fall where. An epoch has ``num_sampled`` examples, which are those of
    the training part unless classes are sampled.
    """

    sizes: Sizes
    num_sampled: int
    steps_per_epoch: int
    total_steps: int
    is_exact: bool = True


def training_facts(spec: Spec, facts: DatasetFacts, class_counts: Sequence[int] = ()) -> TrainingFacts:
    """Return the sizes and steps of a training of ``spec`` on such data.

    Where classes are sampled, an epoch has about as many examples as follows from ``class_counts``, those of all the
    data; exactly how many depends on the split. Without the counts, it is taken to have those of the training part.
    """
    split = spec.split
    sizes = split_sizes(split, facts.num_examples, facts.num_test, facts.num_validation)
    is_exact = split.method in ("shuffled", "timed")
    if split.method == "grouped" and facts.group_sizes and _leaves_own_splits(split, facts):
        sizes, is_exact = sizes_of_groups(split, facts.group_sizes, facts), True
    num_sampled = _num_sampled(spec, sizes.train, class_counts)
    steps = num_batches(num_sampled, spec.fit.batch_size)
    return TrainingFacts(sizes, num_sampled, steps, steps * spec.fit.epochs, is_exact and not facts.num_left_out)


def _num_sampled(spec: Spec, num_train: int, class_counts: Sequence[int]) -> int:
    sampling = spec.balance.sampling
    if sampling == "none" or not any(class_counts):
        return num_train
    of_all = max(class_counts) if sampling == "oversample" else min(class_counts)
    return len(class_counts) * max(1, round(of_all * num_train / sum(class_counts)))


def _leaves_own_splits(split: Split, facts: DatasetFacts) -> bool:
    """Whether nothing is drawn from the dataset's own splits, whose groups are not listed in its facts."""
    return own_splits(split, facts.num_validation, facts.num_test) == (facts.num_validation, facts.num_test)


def num_batches(num_examples: int, batch_size: int) -> int:
    """Return how many batches hold ``num_examples``; the last one may be smaller."""
    return -(-num_examples // batch_size)
