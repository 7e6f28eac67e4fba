"""Exact copies: of the same example, in two of the dataset's own parts, and with another target."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainer.data.findings.finding import Finding, about
from trainer.data.loading import Data
from trainer.messages.message import Message

ADVICE_ON_LEAKS = Message("Drop them from one of the splits. Until then every run on this version says so.")


def copies(data: Data) -> Iterator[Finding]:
    """What is said about examples whose inputs are the same to the last bit."""
    groups = groups_of_copies(data)
    yield from _copies(groups)
    yield from _leaks(groups, data.part_numbers)
    yield from _contradictions(groups, data.targets)


def groups_of_copies(data: Data) -> list[np.ndarray]:
    """The indices of kept examples with the same content, at least two in each group, in the order of the data."""
    kept = data.kept
    _, numbers, counts = np.unique(data.fingerprints[kept], return_inverse=True, return_counts=True)
    copied = np.flatnonzero(counts[numbers] > 1)
    in_groups = copied[np.argsort(numbers[copied], kind="stable")]
    ends = np.flatnonzero(np.diff(numbers[in_groups])) + 1
    groups = np.split(kept[in_groups], ends) if len(in_groups) else []
    return sorted(groups, key=lambda group: int(group[0]))


def leaked(groups: list[np.ndarray], parts: np.ndarray) -> tuple[int, list[int]]:
    """How many examples of ``groups`` are in a later one of ``parts`` than others of their group, and these groups.

    ``parts``: the part of each example, as :attr:`Data.part_numbers`. The groups are given as the indices of all of
    their examples, one group after the other.
    """
    found = [group for group in groups if len(np.unique(parts[group])) > 1]
    count = sum(int((parts[group] != parts[group].min()).sum()) for group in found)
    return count, [index for group in found for index in group.tolist()]


def _copies(groups: list[np.ndarray]) -> Iterator[Finding]:
    count = sum(len(group) - 1 for group in groups)
    if count:
        message = Message(
            "{count:,} example is an exact copy of another.",
            plural="{count:,} examples are exact copies of others.",
            count=count,
        )
        advice = Message(
            "A shuffled split may put one of them into training and the other into test. Drop the copies, or choose "
            "the split method stable, which keeps copies together."
        )
        yield about("copies", message, advice, np.concatenate(groups).tolist())


def _leaks(groups: list[np.ndarray], parts: np.ndarray) -> Iterator[Finding]:
    """Held-out examples of the dataset's own parts that are in an earlier part as well."""
    count, indices = leaked(groups, parts)
    if count:
        message = Message(
            "{count:,} example of the dataset's own test or validation split is in the training data as well: results "
            "on it look too good.",
            plural="{count:,} examples of the dataset's own test or validation split are in the training data as well: "
            "results on them look too good.",
            count=count,
        )
        yield about("leak", message, ADVICE_ON_LEAKS, indices)


def _contradictions(groups: list[np.ndarray], targets: np.ndarray) -> Iterator[Finding]:
    contradicting = [group for group in groups if len(np.unique(targets[group], axis=0)) > 1]
    if contradicting:
        message = Message(
            "{count:,} example is there with different targets, of which at most one can be right.",
            plural="{count:,} examples are there with different targets, of which at most one each can be right.",
            count=len(contradicting),
        )
        advice = Message("Look at them and correct the wrong targets, or drop the examples that are ambiguous.")
        yield about("contradictions", message, advice, np.concatenate(contradicting).tolist())
