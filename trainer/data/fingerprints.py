"""A number for the content of each example, the same for the same content wherever and whenever it is computed."""

from __future__ import annotations

import hashlib

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data

VALUES_AT_ONCE = 2**20


def fingerprint_of_text(text: str) -> int:
    """64 bits of BLAKE2b of the text, as a signed number, such as NumPy's int64 holds."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def fingerprints_of(inputs: np.ndarray, facts: DatasetFacts) -> np.ndarray:
    """64 bits for the content of each example, uint64 (examples,); among a million, two differ in vain once in 10⁷.

    Pictures are hashed as bytes. A row of a table is the sum over its values that are not 0, each mixed with the name
    of its column: columns may change places, and a new word, which adds a column of 0 to old rows, changes none.
    """
    if facts.kind == "table":
        step = max(1, VALUES_AT_ONCE // inputs.shape[1])
        parts = [inputs[start : start + step] for start in range(0, len(inputs), step)]
        names = np.array([fingerprint_of_text(name) for name in facts.feature_names], np.int64).view(np.uint64)
        return np.concatenate([_of_rows(part, names) for part in parts])
    digests = (hashlib.blake2b(example.tobytes(), digest_size=8).digest() for example in inputs)
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def groups_of_copies(data: Data) -> list[np.ndarray]:
    """The indices of examples with the same content, at least two in each group, in the order of the data."""
    _, numbers, counts = np.unique(fingerprints_of(data.inputs, data.facts), return_inverse=True, return_counts=True)
    copied = np.flatnonzero(counts[numbers] > 1)
    in_groups = copied[np.argsort(numbers[copied], kind="stable")]
    ends = np.flatnonzero(np.diff(numbers[in_groups])) + 1
    groups = np.split(in_groups, ends) if len(in_groups) else []
    return sorted(groups, key=lambda group: int(group[0]))


def mixed(values: np.ndarray) -> np.ndarray:
    """uint64 in, uint64 out, every bit of which depends on all bits of the input.

    Source: the finaliser of SplitMix64 (Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators).
    """
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _of_rows(rows: np.ndarray, names: np.ndarray) -> np.ndarray:
    """``rows`` float32 (rows, columns), ``names`` uint64 (columns,)."""
    plain = np.where(np.isnan(rows), np.float32(np.nan), rows)  # NaN has many bit patterns
    bits = plain.astype(np.float32).view(np.uint32).astype(np.uint64)
    terms = mixed(mixed(bits) + names)
    return np.where(plain == 0, np.uint64(0), terms).sum(axis=1, dtype=np.uint64)
