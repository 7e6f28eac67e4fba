"""Hold-out splits into training, validation and test data. A pure function of the data and the split's fields.

Labels that were mended since do not count: an example stays in its part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.data.loading import Data
from trainer.data.membership import position
from trainer.data.sizes import Drawn, Sizes, drawn, empty_part, method_problem, own_splits, split_sizes
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Split

Indices = np.ndarray
VALIDATION, TEST = 1, 2  # of ``Data.part_numbers``


@dataclass(frozen=True)
class Parts:
    """Sorted int64 indices into the data; disjoint, and together all examples but those left out."""

    train: Indices
    validation: Indices
    test: Indices


def split(data: Data, split_spec: Split) -> Parts:
    """Split ``data``; the same data and fields always give the same parts.

    Raises :class:`SpecError` when a part, or a class in the training part, would be empty, and for a method that needs
    groups or times where the data has none.
    """
    facts, numbers = data.facts, data.part_numbers
    own_validation, own_test = own_splits(split_spec, facts.num_validation, facts.num_test)
    pool = np.flatnonzero(~(((numbers == VALIDATION) & (own_validation > 0)) | ((numbers == TEST) & (own_test > 0))))
    validation, test, train = _drawn(data, pool, split_spec)
    if own_validation:
        validation = np.flatnonzero(numbers == VALIDATION)
    if own_test:
        test = np.flatnonzero(numbers == TEST)
    parts = Parts(*(np.setdiff1d(part, data.left_out) for part in (train, validation, test)))
    _refuse_empty(parts, split_spec)
    _refuse_missing_classes(data, parts)
    return parts


def _drawn(data: Data, pool: Indices, split_spec: Split) -> tuple[Indices, Indices, Indices]:
    """Validation, test and training examples of the ``pool``; the first two are empty where the dataset has its own."""
    facts = data.facts
    if (problem := method_problem(split_spec, facts)) is not None:
        raise SpecError([problem])
    shares = drawn(split_spec, facts.num_validation, facts.num_test)
    if split_spec.method in ("stable", "grouped"):
        numbers = data.fingerprints[pool] if split_spec.method == "stable" else _groups(data, pool)
        return _by_position(pool, position(numbers, split_spec.seed), shares)
    sizes = split_sizes(split_spec, facts.num_examples, facts.num_test, facts.num_validation)
    _refuse_nothing_left(sizes, facts.num_examples)
    wanted = (sizes.validation if shares.validation else 0, sizes.test if shares.test else 0)
    if split_spec.method == "timed":
        return _by_time(pool, _times(data)[pool], wanted)
    strata = data.first_targets[pool] if facts.task == "classification" and split_spec.stratified else None
    return _deal(pool, strata, wanted, np.random.default_rng(split_spec.seed))


def _by_position(pool: Indices, places: np.ndarray, shares: Drawn) -> tuple[Indices, Indices, Indices]:
    """The ``pool`` by where each of it falls from 0 to 1: as :meth:`Drawn.part_at`."""
    is_test = places < shares.test
    is_validation = ~is_test & (places < shares.test + shares.validation)
    return pool[is_validation], pool[is_test], pool[~is_test & ~is_validation]


def _by_time(pool: Indices, times: np.ndarray, wanted: tuple[int, int]) -> tuple[Indices, Indices, Indices]:
    """The latest of the ``pool`` are test examples, those before them validation; of the same time, the last."""
    in_order = pool[np.argsort(times, kind="stable")]
    num_train = len(pool) - sum(wanted)
    train, validation, test = np.split(in_order, [num_train, num_train + wanted[0]])
    return validation, test, train


def _groups(data: Data, pool: Indices) -> np.ndarray:
    assert data.groups is not None  # the facts name them
    return data.groups[pool].view(np.uint64)


def _times(data: Data) -> np.ndarray:
    assert data.times is not None  # the facts name them
    return data.times


def _refuse_nothing_left(sizes: Sizes, num_examples: int) -> None:
    if sizes.train < 1:
        message = Message(
            "nothing is left to train on: {validation} validation examples and {test} test examples of {total}; "
            "lower the fractions",
            validation=sizes.validation,
            test=sizes.test,
            total=num_examples,
        )
        raise SpecError([Problem(("split",), message)])


def _refuse_empty(parts: Parts, split_spec: Split) -> None:
    """With hashes it is left to chance how many examples a part gets."""
    for name, at in (("train", "seed"), ("validation", "validation_fraction"), ("test", "test_fraction")):
        if not len(getattr(parts, name)):
            raise SpecError([Problem(("split", at), empty_part(name, split_spec))])


def _deal(
    pool: Indices, strata: np.ndarray | None, wanted: tuple[int, int], rng: np.random.Generator
) -> tuple[Indices, Indices, Indices]:
    """Draw ``wanted`` examples for two parts, proportionally from each stratum; the third part is the rest."""
    groups = [pool] if strata is None else [pool[strata == value] for value in np.unique(strata)]
    counts = np.array([len(group) for group in groups])
    first = _apportion(counts, wanted[0], counts)
    second = _apportion(counts, wanted[1], counts - first)
    dealt: tuple[list[Indices], list[Indices], list[Indices]] = ([], [], [])
    for group, a, b in zip(groups, first, second, strict=True):
        shuffled = rng.permutation(group)
        for part, piece in zip(dealt, np.split(shuffled, [a, a + b]), strict=True):
            part.append(piece)
    one, two, rest = (np.concatenate(part) for part in dealt)
    return one, two, rest


def _apportion(counts: np.ndarray, wanted: int, available: np.ndarray) -> np.ndarray:
    """Give each group its share of ``wanted``, rounded down, plus one for the largest remainders (Hamilton)."""
    ideal = counts * (wanted / counts.sum())
    given = np.minimum(np.floor(ideal + 1e-9).astype(np.int64), available)
    order = np.argsort(given - ideal, kind="stable")
    missing = wanted - int(given.sum())
    while missing:
        for group in order:
            if missing and given[group] < available[group]:
                given[group] += 1
                missing -= 1
    return given


def _refuse_missing_classes(data: Data, parts: Parts) -> None:
    facts = data.facts
    if facts.task != "classification":
        return
    absent = np.setdiff1d(np.arange(facts.num_classes), data.targets[parts.train])
    if len(absent):
        names = ", ".join(facts.class_names[index] for index in absent[:5])
        message = Message(
            "the {count} training example has none of {names}; lower the validation and test fractions",
            plural="the {count} training examples have none of {names}; lower the validation and test fractions",
            count=len(parts.train),
            names=names,
        )
        raise SpecError([Problem(("split",), message)])
