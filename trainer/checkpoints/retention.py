"""Which checkpoints may be removed. A pure decision, used by the web side and the trainer's command line."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from trainer.messages.message import Message
from trainer.spec import Checkpoints


@dataclass(frozen=True)
class Entry:
    """A complete checkpoint of one run. ``name`` is unique within the run; ``value`` is that of the run's metric."""

    name: str
    epoch: int
    step: int = 0
    attempt: int = 1
    value: float | None = None

    @property
    def age_key(self) -> tuple[int, int, int]:
        """Sort key: later in training is newer; at the same position, the later attempt is."""
        return (self.epoch, self.step, self.attempt)


@dataclass(frozen=True)
class Rule:
    """What a run keeps: the ``last`` newest, the ``best`` by its metric, and one every ``every`` epochs."""

    last: int
    best: int = 1
    every: int | None = None
    mode: Literal["max", "min"] = "max"

    @classmethod
    def of(cls, wanted: Checkpoints, mode: str) -> Rule:
        """The rule of a spec, for a metric of which the highest ("max") or the lowest ("min") is best."""
        return cls(wanted.keep_last, wanted.keep_best, wanted.keep_every, "max" if mode == "max" else "min")

    @property
    def in_words(self) -> Message:
        """The wording on pages: "the 3 latest, the best and those of every 10 epochs"."""
        latest = Message("the latest", plural="the {count} latest", count=self.last)
        best = Message("the best", plural="the {count} best", count=self.best)
        if not self.every:
            return Message("{latest} and {best}", latest=latest, best=best)
        regular = Message("those of every epoch", plural="those of every {count} epochs", count=self.every)
        return Message("{latest}, {best} and {regular}", latest=latest, best=best, regular=regular)

    def __str__(self) -> str:
        return str(self.in_words)


def to_drop(entries: Sequence[Entry], rule: Rule, keep: Collection[str] = ()) -> list[str]:
    """Names of the checkpoints that may be removed, oldest first.

    What ``rule`` keeps (always at least the newest) and everything in ``keep`` is left out. Pass only entries that are
    known to be complete, so that a damaged one never takes the place of a good one.
    """
    oldest_first = sorted(entries, key=lambda entry: entry.age_key)
    newest = [entry.name for entry in oldest_first[-max(1, rule.last) :]]
    kept = {*newest, *keep, *_best(oldest_first, rule), *_of_every(oldest_first, rule.every)}
    return [entry.name for entry in oldest_first if entry.name not in kept]


def _best(oldest_first: Iterable[Entry], rule: Rule) -> list[str]:
    """Of equal values, the earliest in training. A moment that several attempts reached counts once, by the latest.

    Nothing is measured inside an epoch: a value there, which older releases wrote, is that of the previous epoch.
    """
    sign = -1.0 if rule.mode == "max" else 1.0
    measured = {
        (sign * each.value, each.epoch, each.step): each.name
        for each in oldest_first
        if each.step == 0 and each.value is not None and math.isfinite(each.value)
    }
    return [measured[key] for key in sorted(measured)[: rule.best]]


def _of_every(oldest_first: Iterable[Entry], every: int | None) -> list[str]:
    """One for each of these epochs, from the latest attempt."""
    if not every:
        return []
    return list({each.epoch: each.name for each in oldest_first if each.step == 0 and each.epoch % every == 0}.values())
