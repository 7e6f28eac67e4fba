"""Hold-out splits into training, validation and test data. A pure function of the data and the split's fields."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.data.loading import Data
from trainer.data.sizes import Sizes, split_sizes
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Split

Indices = np.ndarray


@dataclass(frozen=True)
class Parts:
    """Sorted int64 indices into the data; disjoint, and together all examples."""

    train: Indices
    validation: Indices
    test: Indices


def split(data: Data, split_spec: Split) -> Parts:
    """Split ``data``; the same data and fields always give the same parts.

    Raises :class:`SpecError` when a part, or a class in the training part, would be empty.
    """
    num_examples = len(data.targets)
    num_test = data.facts.num_test
    start = num_examples - num_test if split_spec.official_test and num_test else None
    sizes = split_sizes(split_spec, num_examples, 0 if start is None else num_examples - start)
    if sizes.train < 1:
        message = Message(
            "nothing is left to train on: {validation} validation examples and {test} test examples of {total}; "
            "lower the fractions",
            validation=sizes.validation,
            test=sizes.test,
            total=num_examples,
        )
        raise SpecError([Problem(("split",), message)])
    pool = np.arange(num_examples if start is None else start)
    strata = data.targets[pool] if data.facts.task == "classification" and split_spec.stratified else None
    drawn_test = 0 if start is not None else sizes.test
    rng = np.random.default_rng(split_spec.seed)
    validation, test, train = _deal(pool, strata, (sizes.validation, drawn_test), rng)
    if start is not None:
        test = np.arange(start, num_examples)
    parts = Parts(np.sort(train), np.sort(validation), np.sort(test))
    _refuse_missing_classes(data, parts, sizes)
    return parts


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


def _refuse_missing_classes(data: Data, parts: Parts, sizes: Sizes) -> None:
    facts = data.facts
    if facts.task != "classification":
        return
    absent = np.setdiff1d(np.arange(facts.num_classes), data.targets[parts.train])
    if len(absent):
        names = ", ".join(facts.class_names[index] for index in absent[:5])
        message = Message(
            "the {count} training example has none of {names}; lower the validation and test fractions",
            plural="the {count} training examples have none of {names}; lower the validation and test fractions",
            count=sizes.train,
            names=names,
        )
        raise SpecError([Problem(("split",), message)])
