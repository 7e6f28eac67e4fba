"""Pictures that are nearly the same, such as one picture saved twice or two of a series of shots."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainer.data.findings.copies import ADVICE_ON_LEAKS, leaked
from trainer.data.findings.finding import Finding, about
from trainer.data.loading import Data
from trainer.messages.message import Message

# Below this side a thumbnail of 16 × 16 is no smaller than the picture.
LEAST_SIDE = THUMBNAIL = 16
BANDS, BITS_OF_A_BAND = 4, 16
MOST_DIFFERING_BITS = BANDS - 1  # so that two near hashes have at least one band in common
# In a band that very many pictures share, only so many neighbours of each are compared.
MOST_NEIGHBOURS = 32
# What the hashes suggest is compared as thumbnails; a lower correlation is another picture.
LEAST_CORRELATION = 0.99
BYTES_AT_ONCE, PAIRS_AT_ONCE = 16 * 2**20, 2**14


def near_copies(data: Data) -> Iterator[Finding]:
    """What is said about pictures that are alike but not the same to the last bit."""
    if data.facts.kind != "image" or min(data.facts.input_shape[:2]) < LEAST_SIDE:
        return
    kept = data.kept
    _, first = np.unique(data.fingerprints[kept], return_index=True)  # exact copies are another finding
    once = np.sort(kept[first])
    groups = groups_of_pairs(once[near_pairs(data.inputs, once)])
    if not groups:
        return
    count = sum(len(group) - 1 for group in groups)
    message = Message(
        "{count:,} picture is nearly the same as another.",
        plural="{count:,} pictures are nearly the same as others.",
        count=count,
    )
    advice = Message(
        "A drawn split may put one into training and the other into the test. Drop all but one of each, or upload the "
        "data again with a group that they share and choose the split method grouped."
    )
    yield about("near_copies", message, advice, np.concatenate(groups).tolist())
    yield from _leaks(groups, data.part_numbers)


def _leaks(groups: list[np.ndarray], parts: np.ndarray) -> Iterator[Finding]:
    count, indices = leaked(groups, parts)
    if count:
        message = Message(
            "{count:,} picture of the dataset's own test or validation split is nearly the same as one of the training "
            "data: results on it look too good.",
            plural="{count:,} pictures of the dataset's own test or validation split are nearly the same as some of "
            "the training data: results on them look too good.",
            count=count,
        )
        yield about("near_leak", message, ADVICE_ON_LEAKS, indices)


def near_pairs(inputs: np.ndarray, once: np.ndarray) -> np.ndarray:
    """Pairs of places in ``once``, int64 (pairs, 2), whose pictures are nearly the same.

    ``inputs``: (n, height, width, channels); ``once``: the indices of those to compare, no two of which are equal.
    Their difference hashes differ in at most three of 64 bits, and their thumbnails correlate by at least 0.99,
    whatever brightness and contrast. A picture of one colour is like no other.
    """
    thumbnails = thumbnails_of(inputs, once)
    pairs = near_hashes(difference_hashes(thumbnails))
    parts = [pairs[start : start + PAIRS_AT_ONCE] for start in range(0, len(pairs), PAIRS_AT_ONCE)]
    return np.concatenate([part[_correlation(thumbnails, part) >= LEAST_CORRELATION] for part in parts] or [pairs])


def thumbnails_of(inputs: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """The mean brightness of 16 × 16 areas of each picture, its darkest 0 and its lightest 255, uint8 (n, 16, 16)."""
    thumbnails = np.zeros((len(indices), THUMBNAIL, THUMBNAIL), np.uint8)
    step = max(1, BYTES_AT_ONCE // inputs[0].nbytes)
    for start in range(0, len(indices), step):
        areas = _areas(inputs[indices[start : start + step]])
        low, high = (end(axis=(1, 2), keepdims=True) for end in (areas.min, areas.max))
        thumbnails[start : start + step] = np.rint((areas - low) * (255 / np.where(high > low, high - low, np.inf)))
    return thumbnails


def difference_hashes(thumbnails: np.ndarray) -> np.ndarray:
    """64 bits of each thumbnail, uint64 (n,): which of 8 × 8 areas are darker than the next, the last than the first.

    Source: after Krawetz 2013, Kind of Like That (dHash).
    """
    areas = thumbnails.reshape(-1, 8, 2, 8, 2).sum(axis=(2, 4), dtype=np.int16)
    bits = areas < np.roll(areas, -1, axis=2)
    return np.packbits(bits.reshape(len(bits), 64), axis=1).view(">u8")[:, 0].astype(np.uint64)


def groups_of_pairs(pairs: np.ndarray) -> list[np.ndarray]:
    """The indices that pairs connect, directly or through others, each group in the order of the data."""
    leader: dict[int, int] = {}

    def find(index: int) -> int:
        while leader.setdefault(index, index) != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for one, other in pairs.tolist():
        first, second = sorted((find(one), find(other)))
        leader[second] = first
    members: dict[int, list[int]] = {}
    for index in sorted(leader):
        members.setdefault(find(index), []).append(index)
    return [np.array(group) for group in members.values()]


def near_hashes(hashes: np.ndarray) -> np.ndarray:
    """Pairs of indices, int64 (pairs, 2), whose hashes, uint64 (n,), differ in at most three bits.

    They are neighbours when sorted by a band that they share. Of more than 64 neighbours the others are not compared.
    """
    total = max(1, len(hashes))
    found = [np.empty(0, np.int64)]  # pairs as one number each, which are sorted faster
    for number in range(BANDS):
        bands = (hashes >> np.uint64(number * BITS_OF_A_BAND)) & np.uint64(2**BITS_OF_A_BAND - 1)
        order = np.lexsort((hashes, bands))
        for step in range(1, min(MOST_NEIGHBOURS, len(order) - 1) + 1):
            one, other = order[:-step], order[step:]
            same = bands[one] == bands[other]
            if not same.any():
                break
            one, other = one[same], other[same]
            near = np.bitwise_count(hashes[one] ^ hashes[other]) <= MOST_DIFFERING_BITS
            one, other = one[near], other[near]
            found.append(np.minimum(one, other) * total + np.maximum(one, other))
    return np.stack(np.divmod(np.unique(np.concatenate(found)), total), axis=1)


def _correlation(thumbnails: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Pearson's correlation of the brightness of each pair, 0 for a picture of one colour; float32 (pairs,)."""
    flat = [thumbnails[pairs[:, side]].reshape(len(pairs), -1).astype(np.float32) for side in (0, 1)]
    one, other = (each - each.mean(axis=1, keepdims=True) for each in flat)
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    found: np.ndarray = (one * other).sum(axis=1) / np.where(norms > 0, norms, np.inf)
    return found


def _areas(pictures: np.ndarray) -> np.ndarray:
    """The mean brightness of 16 × 16 areas of each of the pictures, float32 (n, 16, 16)."""
    count, height, width, channels = pictures.shape
    rows, columns = (np.linspace(0, side, THUMBNAIL + 1).astype(int) for side in (height, width))
    in_rows = pictures.reshape(count, height, width * channels)
    sums = np.add.reduceat(in_rows, rows[:-1], axis=1, dtype=np.float32)
    sums = np.add.reduceat(sums, columns[:-1] * channels, axis=2)
    means: np.ndarray = sums / (np.diff(rows)[:, np.newaxis] * np.diff(columns) * channels).astype(np.float32)
    return means
