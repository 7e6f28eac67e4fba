"""What augmentation computes with: the array functions and the random numbers of one step."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

Array = Any


class Arrays(Protocol):
    """The arrays of one step. ``ops`` has NumPy's functions by their names, and ``cast(x, dtype)``, as `keras.ops`.

    Random numbers are a pure function of the seed, the epoch, the step, and how often the step has asked for any.
    """

    ops: Any

    def uniform(self, *shape: Any) -> Array:
        """Numbers in [0, 1), float32."""

    def normal(self, *shape: Any) -> Array:
        """Numbers of mean 0 and variance 1, float32."""

    def rows(self, values: Array, indices: Array) -> Array:
        """The rows of ``values`` at ``indices``, int32, all of them valid."""


class Draws:
    """Random numbers for each example, drawn all at once, because every call costs as much as many numbers."""

    def __init__(self, arrays: Arrays, most: int, batch: Any) -> None:
        self._values, self._used = arrays.uniform(most, batch), 0

    def share(self) -> Array:
        """(batch,) in [0, 1)."""
        self._used += 1
        return self._values[self._used - 1]

    def either_way(self, most: float = 1.0) -> Array:
        """(batch,) between ``-most`` and ``most``."""
        return (self.share() * 2 - 1) * most


def for_each(ops: Any, values: Array, batch: Array) -> Array:
    """``values`` (batch,) in a shape in which each is combined with all numbers of its example in ``batch``."""
    return ops.reshape(values, (-1, *[1] * (len(batch.shape) - 1)))


def signs(ops: Any, uniform: Array) -> Array:
    """-1 and 1 with equal probability, from ``uniform`` numbers; float32."""
    return 1 - 2 * ops.cast(uniform < 0.5, "float32")


class _NumpyOps:
    """NumPy under the names of `keras.ops`."""

    @staticmethod
    def cast(values: Any, dtype: str) -> np.ndarray:
        return np.asarray(values).astype(dtype)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class NumpyArrays:
    """Arrays of NumPy, for previews and tests; the random numbers are others than those of the engines."""

    def __init__(self, seed: int) -> None:
        self.ops: Any = _NumpyOps()
        self._generator = np.random.default_rng(seed)

    def uniform(self, *shape: Any) -> np.ndarray:
        return self._generator.random(shape, np.float32)

    def normal(self, *shape: Any) -> np.ndarray:
        return self._generator.standard_normal(shape, np.float32)

    def rows(self, values: np.ndarray, indices: np.ndarray) -> np.ndarray:
        return values[indices]
