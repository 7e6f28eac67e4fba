"""Means of paired differences and how sure they are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from scipy.stats import t

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean and the ends of its confidence interval, in the unit of the values."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def paired(ours: Sequence[float], baseline: Sequence[float]) -> Interval:
    """The mean of the differences ours - baseline, pair by pair, and its 95 % interval.

    mean ± t · s / √n, where s is the standard deviation of the n differences and t the 0.975 quantile of Student's
    distribution with n - 1 degrees of freedom: 2.776 for five pairs. Source: Student 1908, The probable error of a
    mean; NIST/SEMATECH e-Handbook of Statistical Methods, sections 1.3.5.2 and 7.3.1.1. Raises ``ValueError`` for
    fewer than two pairs or other numbers of values.
    """
    differences = [mine - theirs for mine, theirs in zip(ours, baseline, strict=True)]
    if len(differences) < 2:
        raise ValueError(f"{len(differences)} pairs given; a spread needs at least 2.")
    mean, number = statistics.fmean(differences), len(differences)
    margin = float(t.ppf((1 + CONFIDENCE) / 2, number - 1)) * statistics.stdev(differences) / math.sqrt(number)
    return Interval(mean, mean - margin, mean + margin)
