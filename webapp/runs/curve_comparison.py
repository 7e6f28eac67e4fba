"""Whether two trainings of the same spec have equal metrics: a pure function of their curves.

Curves are those of ``webapp.metrics.curves``: ``{metric: [(epoch, value), …]}``, with "NaN", "Infinity" and
"-Infinity" for values that are not finite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Value = float | str | None
Curves = Mapping[str, Sequence[tuple[int, Value]]]


@dataclass(frozen=True)
class CurveDifference:
    """The first value that differs; ``None`` where a training has no such value."""

    epoch: int
    metric: str
    a: Value
    b: Value


@dataclass(frozen=True)
class Comparison:
    """``same`` epochs, from the first one on, agree in every metric; ``only_a`` and ``only_b`` have no counterpart.

    Epochs without a counterpart are not a difference, because one training may not be as far as the other.
    """

    same: int
    difference: CurveDifference | None
    only_a: int
    only_b: int

    @property
    def is_same(self) -> bool:
        """Whether both have the same epochs, with the same metrics."""
        return self.difference is None and self.only_a == self.only_b == 0 and self.same > 0


def compare(a: Curves, b: Curves) -> Comparison:
    """Compare two trainings epoch by epoch, metric by metric in the order of their names; NaN equals NaN."""
    ours, theirs = _by_epoch(a), _by_epoch(b)
    shared = sorted(ours.keys() & theirs.keys())
    same = 0
    difference = None
    for epoch in shared:
        difference = _difference(epoch, ours[epoch], theirs[epoch])
        if difference:
            break
        same += 1
    return Comparison(same, difference, len(ours.keys() - theirs.keys()), len(theirs.keys() - ours.keys()))


def _by_epoch(curves: Curves) -> dict[int, dict[str, Value]]:
    epochs: dict[int, dict[str, Value]] = {}
    for metric, points in curves.items():
        for epoch, value in points:
            epochs.setdefault(epoch, {})[metric] = value
    return epochs


def _difference(epoch: int, a: Mapping[str, Value], b: Mapping[str, Value]) -> CurveDifference | None:
    for metric in sorted(a.keys() | b.keys()):
        if not _equal(a.get(metric), b.get(metric)):
            return CurveDifference(epoch, metric, a.get(metric), b.get(metric))
    return None


def _equal(a: Value, b: Value) -> bool:
    return a == b or (_is_nan(a) and _is_nan(b))


def _is_nan(value: Value) -> bool:
    return value == "NaN" or (isinstance(value, float) and math.isnan(value))
