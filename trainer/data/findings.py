"""What is noticed in prepared data before anything is trained on it, and what it means."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data
from trainer.messages.message import Message

# Rules of thumb: fewer examples of a class are hard to learn, and a rarer class is easily overlooked.
LEAST_OF_A_CLASS = 20
MOST_RATIO = 10
MOST_NAMED = 5


def findings_of(data: Data) -> list[Message]:
    """Copies, contradictions, small and rare classes, constant columns; one sentence each, empty when all is well."""
    return [*_copies(data), *_classes(data.targets, data.facts), *_constants(data)]


def baseline_of(data: Data) -> Message:
    """How well the simplest answer does, which a network has to beat."""
    if data.facts.task == "classification":
        counts = np.bincount(data.targets, minlength=data.facts.num_classes)
        return Message(
            "Always answering {name} is right for {share:.1%} of the examples.",
            name=data.facts.class_names[int(counts.argmax())],
            share=float(counts.max() / counts.sum()),
        )
    mean = float(data.targets.mean(dtype=np.float64))
    return Message(
        "Always answering the mean, {mean:.4g}, is off by {error:.4g} on average.",
        mean=mean,
        error=float(np.abs(data.targets - mean).mean(dtype=np.float64)),
    )


def _copies(data: Data) -> Iterator[Message]:
    """Exact copies: of the same example, across the data's own splits, and with another target."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index, example in enumerate(data.inputs):
        groups[hashlib.blake2b(example.tobytes(), digest_size=16).digest()].append(index)
    copied = [group for group in groups.values() if len(group) > 1]
    if copied:
        count = sum(len(group) - 1 for group in copied)
        yield Message(
            "{count:,} example is an exact copy of another.",
            plural="{count:,} examples are exact copies of others.",
            count=count,
        )
    first_of_test = len(data.targets) - data.facts.num_test
    leaked = sum(
        sum(index >= first_of_test for index in group)
        for group in copied
        if group[0] < first_of_test <= group[-1]  # in order, so that training and test are both there
    )
    if leaked:
        yield Message(
            "{count:,} example of the test split is in the training data as well: results on it look too good.",
            plural="{count:,} examples of the test split are in the training data as well: "
            "results on it look too good.",
            count=leaked,
        )
    contradictions = sum(len(set(data.targets[group].tolist())) > 1 for group in copied)
    if contradictions:
        yield Message(
            "{count:,} example is there with different targets, of which at most one can be right.",
            plural="{count:,} examples are there with different targets, of which at most one each can be right.",
            count=contradictions,
        )


def _classes(targets: np.ndarray, facts: DatasetFacts) -> Iterator[Message]:
    if facts.task != "classification":
        return
    counts = np.bincount(targets, minlength=facts.num_classes)
    small = [facts.class_names[number] for number in np.flatnonzero(counts < LEAST_OF_A_CLASS)]
    if small:
        yield Message(
            "{count} class has fewer than {least} examples and is hard to learn: {names}.",
            plural="{count} classes have fewer than {least} examples and are hard to learn: {names}.",
            count=len(small),
            least=LEAST_OF_A_CLASS,
            names=_first_of(small),
        )
    if counts.min() and counts.max() > MOST_RATIO * counts.min():
        yield Message(
            "{common} has {ratio:.0f} times as many examples as {rare}: look at the results of each class.",
            common=facts.class_names[int(counts.argmax())],
            rare=facts.class_names[int(counts.argmin())],
            ratio=float(counts.max() / counts.min()),
        )


def _constants(data: Data) -> Iterator[Message]:
    if data.facts.kind != "table":
        return
    constant = np.flatnonzero(np.ptp(data.inputs, axis=0) == 0)
    if len(constant):
        yield Message(
            "{count} column has the same value in every example: {names}.",
            plural="{count} columns have the same value in every example: {names}.",
            count=len(constant),
            names=_first_of([data.facts.feature_names[index] for index in constant]),
        )


def _first_of(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
