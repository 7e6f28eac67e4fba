"""What formulas of the spec are computed with: plain numbers on the site, tensors in a trainer."""

from __future__ import annotations

import math
from typing import Any, Protocol


class Arithmetic(Protocol):
    """The functions of a formula. The module ``keras.ops`` is one, for tensors."""

    def cos(self, x: Any) -> Any: ...
    def floor(self, x: Any) -> Any: ...
    def minimum(self, x1: Any, x2: Any) -> Any: ...
    def maximum(self, x1: Any, x2: Any) -> Any: ...
    def power(self, x1: Any, x2: Any) -> Any: ...
    def where(self, condition: Any, x1: Any, x2: Any) -> Any: ...


class PlainNumbers:
    """The arithmetic of Python's own numbers."""

    def cos(self, x: float) -> float:
        return math.cos(x)

    def floor(self, x: float) -> float:
        return float(math.floor(x))

    def minimum(self, x1: float, x2: float) -> float:
        return min(x1, x2)

    def maximum(self, x1: float, x2: float) -> float:
        return max(x1, x2)

    def power(self, x1: float, x2: float) -> float:
        return float(x1**x2)

    def where(self, condition: bool, x1: float, x2: float) -> float:
        return x1 if condition else x2


PLAIN = PlainNumbers()


def between(first: Any, last: Any, done: Any, arithmetic: Arithmetic) -> Any:
    """Go from ``first`` to ``last`` along half a cosine, of which the share ``done`` is behind."""
    return last + (first - last) * 0.5 * (1.0 + arithmetic.cos(math.pi * done))
