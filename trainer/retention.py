"""Which checkpoints may go. A pure decision: the web side and the trainer's command line both ask it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A whole checkpoint of one run. ``name`` tells it from the others; the rest says how new it is."""

    name: str
    epoch: int
    step: int = 0
    attempt: int = 1

    @property
    def age_key(self) -> tuple[int, int, int]:
        """Later in training is newer; of two at the same place the later attempt is."""
        return (self.epoch, self.step, self.attempt)


def to_drop(entries: Sequence[Entry], keep_last: int, best: str | None, keep: Collection[str]) -> list[str]:
    """Names of the checkpoints that may be removed, oldest first.

    Kept are the ``keep_last`` newest (at least one, whatever is asked), ``best`` and everything in ``keep``.
    Pass only entries that are known to be whole, so that a damaged one never takes the place of a good one.
    """
    oldest_first = sorted(entries, key=lambda entry: entry.age_key)
    newest = {entry.name for entry in oldest_first[-max(1, keep_last) :]}
    kept = newest | set(keep) | ({best} if best is not None else set())
    return [entry.name for entry in oldest_first if entry.name not in kept]
