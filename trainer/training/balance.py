"""How the classes of the training data are balanced: weights of their losses, or which examples an epoch has."""

from __future__ import annotations

from typing import Literal

import numpy as np

Sampling = Literal["none", "oversample", "undersample"]


def balanced_weights(targets: np.ndarray, num_classes: int) -> np.ndarray:
    """Return the weight of each class, n / (k * count), float32, as scikit-learn's ``class_weight="balanced"``.

    ``targets``: the class numbers of the n training examples, each of the k classes among them. The mean weight of
    these examples is 1.
    """
    counts = np.bincount(targets, minlength=num_classes)
    return (len(targets) / (num_classes * counts)).astype(np.float32)


def num_sampled(targets: np.ndarray, sampling: Sampling) -> int:
    """Return how many examples an epoch has."""
    if sampling == "none":
        return len(targets)
    counts = _counts(targets)
    return len(counts) * _size_of_a_class(counts, sampling)


def sample(indices: np.ndarray, targets: np.ndarray, sampling: Sampling, generator: np.random.Generator) -> np.ndarray:
    """Return the examples of one epoch, drawn from ``indices``, whose class numbers are ``targets``.

    Oversampled, each example comes equally often within its class, give or take one; undersampled, none comes twice.
    With "none" it is ``indices`` itself, and ``generator`` is not used.
    """
    if sampling == "none":
        return indices
    size = _size_of_a_class(_counts(targets), sampling)
    return np.concatenate([_drawn(indices[targets == number], size, generator) for number in np.unique(targets)])


def _drawn(members: np.ndarray, size: int, generator: np.random.Generator) -> np.ndarray:
    whole, rest = divmod(size, len(members))
    return np.concatenate([np.tile(members, whole), generator.permutation(members)[:rest]])


def _size_of_a_class(counts: np.ndarray, sampling: Sampling) -> int:
    return int(counts.max() if sampling == "oversample" else counts.min())


def _counts(targets: np.ndarray) -> np.ndarray:
    return np.unique(targets, return_counts=True)[1]
