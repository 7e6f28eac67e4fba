"""A number for the content of each example, the same for the same content wherever and whenever it is computed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.membership import mixed

VALUES_AT_ONCE = 2**20


def fingerprint_of_text(text: str) -> int:
    """64 bits of BLAKE2b of the text, as a signed number, such as NumPy's int64 holds."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def fingerprints_of(inputs: np.ndarray, facts: DatasetFacts) -> np.ndarray:
    """64 bits for the content of each example, uint64 (examples,); among a million, two differ in vain once in 10⁷.

    Pictures are hashed as bytes. A row of a table is the sum over its values that are not 0, each mixed with the name
    of its column: columns may change places. A category counts by its word, whatever its number, so that a new one
    changes no old row.
    """
    if facts.kind == "table":
        step = max(1, VALUES_AT_ONCE // inputs.shape[1])
        parts = [inputs[start : start + step] for start in range(0, len(inputs), step)]
        names = np.array([fingerprint_of_text(name) for name in facts.feature_names], np.int64).view(np.uint64)
        words = {index: _of_words(column) for index, column in enumerate(facts.columns) if column.categories}
        return np.concatenate([_of_rows(part, names, words) for part in parts])
    digests = (hashlib.blake2b(example.tobytes(), digest_size=8).digest() for example in inputs)
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _of_words(column: ColumnFacts) -> np.ndarray:
    """A number for each category, and one for none at the end; uint64."""
    words = [fingerprint_of_text(f"{column.name}={word}") for word in column.categories]
    return np.array([*words, fingerprint_of_text(column.name)], np.int64).view(np.uint64)


def _of_rows(rows: np.ndarray, names: np.ndarray, words: Mapping[int, np.ndarray]) -> np.ndarray:
    """``rows`` float32 (rows, columns), ``names`` uint64 (columns,), ``words`` by the indices of their columns."""
    plain = np.where(np.isnan(rows), np.float32(np.nan), rows)  # NaN has many bit patterns
    bits = plain.astype(np.float32).view(np.uint32).astype(np.uint64)
    terms = np.where(plain == 0, np.uint64(0), mixed(mixed(bits) + names))
    for index, known in words.items():
        numbers = np.where(np.isnan(rows[:, index]), len(known) - 1, rows[:, index]).astype(np.int64)
        terms[:, index] = mixed(known[numbers])
    return terms.sum(axis=1, dtype=np.uint64)  # type: ignore[no-any-return]
