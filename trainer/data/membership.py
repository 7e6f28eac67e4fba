"""To which part of a split an example belongs when that follows from a number of its own and the seed alone.

Whatever else is in the data has no say, so data that is added moves nothing. Plain arithmetic, on Python's numbers as
well as on NumPy's arrays, so that the form can use it too.
"""

from __future__ import annotations

from typing import Any

MASK = 2**64 - 1
# Added to the seed, so that 0 is mixed as well: 2⁶⁴ divided by the golden ratio.
GAMMA = 0x9E3779B97F4A7C15


def mixed(values: Any) -> Any:
    """64 bits in, 64 bits out, each of which depends on all bits of the input: an int, or an array of uint64.

    Source: the finaliser of SplitMix64 (Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators).
    """
    values = ((values ^ (values >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    values = ((values ^ (values >> 27)) * 0x94D049BB133111EB) & MASK
    return values ^ (values >> 31)


def position(number: Any, seed: int) -> Any:
    """Where from 0 (included) to 1 (not included) the ``number`` falls, evenly over all numbers and seeds.

    ``number``: an int of 64 bits, signed or not, or an array of uint64.
    """
    return (mixed((number & MASK) ^ mixed((seed + GAMMA) & MASK)) >> 11) / 2**53
