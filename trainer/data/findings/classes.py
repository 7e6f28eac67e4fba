"""Classes that are too small to learn, or much rarer than others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.findings.finding import Finding, about, first_of
from trainer.data.loading import Data
from trainer.messages.message import Message

# Rules of thumb: fewer examples of a class are hard to learn, and a rarer class is easily overlooked.
LEAST_OF_A_CLASS = 20
MOST_RATIO = 10


def classes(data: Data) -> Iterator[Finding]:
    """What is said about the number of examples of each class."""
    facts, targets = data.facts, data.targets
    if facts.task == "regression":
        return
    counts = class_counts(targets[data.kept], facts)
    small = np.flatnonzero(counts < LEAST_OF_A_CLASS)
    if len(small):
        message = Message(
            "{count} class has fewer than {least} examples and is hard to learn: {names}.",
            plural="{count} classes have fewer than {least} examples and are hard to learn: {names}.",
            count=len(small),
            least=LEAST_OF_A_CLASS,
            names=first_of([facts.class_names[number] for number in small]),
        )
        advice = Message("Add examples of it, join it with a class that is like it, or leave it out.")
        yield about("small_classes", message, advice, _with_any(targets, small))
    if counts.min() and counts.max() > MOST_RATIO * counts.min():
        rarest = int(counts.argmin())
        message = Message(
            "{common} has {ratio:.0f} times as many examples as {rare}: a network may overlook the rarer class.",
            common=facts.class_names[int(counts.argmax())],
            rare=facts.class_names[rarest],
            ratio=float(counts.max() / counts[rarest]),
        )
        advice = Message("Look at the results of each class rather than at the accuracy, or add rare examples.")
        yield about("imbalance", message, advice, _with_any(targets, [rarest]))


def class_counts(targets: np.ndarray, facts: DatasetFacts) -> np.ndarray:
    """How many examples have each class, (classes,). ``targets`` are those of :class:`Data`, of no regression."""
    if targets.ndim > 1:
        return targets.sum(axis=0, dtype=np.float64).astype(np.int64)
    return np.bincount(targets, minlength=facts.num_classes)


def _with_any(targets: np.ndarray, numbers: Sequence[int] | np.ndarray) -> list[int]:
    """The examples with any of the classes ``numbers``."""
    is_there = targets[:, numbers].any(axis=1) if targets.ndim > 1 else np.isin(targets, numbers)
    found: list[int] = np.flatnonzero(is_there).tolist()
    return found
