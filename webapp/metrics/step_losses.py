"""The loss of every batch of a run, downsampled to what can be seen.

There may be millions, so a process caches those of recently viewed runs, and reads only what was added since.
"""

from __future__ import annotations

import base64
import math
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.db.models import TextField
from django.db.models.functions import Cast
from pydantic_core import from_json

from webapp.metrics.curves import Value
from webapp.metrics.downsampling import downsampled_indices
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

FEWEST, POINTS, MOST = 10, 2000, 100_000  # how many can be requested


def step_losses(run: Run, points: int = POINTS) -> list[tuple[int, Value]]:
    """Return the run's ``(step, loss)`` in order, without superseded steps. Steps count from 1 over all epochs.

    More than ``points`` steps are downsampled to those that draw the same line: the lowest and the highest of each
    interval, and losses that are not finite, which are "NaN", "Infinity" or "-Infinity".
    """
    shown = _downsampled(run.pk, run.last_seq, points)
    return [(step, _value(loss)) for step, loss in zip(shown.steps.tolist(), shown.losses.tolist(), strict=True)]


def steps_per_epoch(run: Run) -> int | None:
    """How many steps an epoch of the run has; ``None`` before it has started."""
    started = RunEvent.objects.filter(run=run, kind="started").order_by("-seq")
    found: int | None = started.values_list("payload__steps_per_epoch", flat=True).first()
    return found


@dataclass(frozen=True)
class Recorded:
    """Step numbers and losses of a run up to event ``seq``. Read-only, because requests share them."""

    seq: int
    steps: np.ndarray
    losses: np.ndarray

    def __post_init__(self) -> None:
        self.steps.setflags(write=False)
        self.losses.setflags(write=False)


class StepLossCache:
    """A cache of the recorded steps of recently viewed runs, up to about ``most`` steps in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[uuid.UUID, Recorded] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, run_id: uuid.UUID, seq: int) -> Recorded:
        """All steps of the run up to event ``seq``."""
        with self._lock:
            known = self._known.get(run_id)
        if known is None or known.seq > seq or _begun_again(run_id, known.seq):
            known = NOTHING
        if known.seq < seq:
            known = _read_on(run_id, known, seq)
        with self._lock:
            self._known[run_id] = known
            self._known.move_to_end(run_id)
            while len(self._known) > 1 and sum(len(each.steps) for each in self._known.values()) > self._most:
                self._known.popitem(last=False)
        return known


NOTHING = Recorded(0, np.zeros(0, np.uint32), np.zeros(0, np.float32))
# Eight bytes a step.
_cache = StepLossCache(most=8_000_000)


@lru_cache(maxsize=40)
def _downsampled(run_id: uuid.UUID, seq: int, points: int) -> Recorded:
    every = _cache.of(run_id, seq)
    if len(every.losses) <= points:
        return every
    ends = np.array([0, len(every.losses) - 1])
    kept: np.ndarray = np.unique(np.concatenate([ends, downsampled_indices(every.losses, points // 2 * 2)]))
    return Recorded(seq, every.steps[kept], every.losses[kept])


def _begun_again(run_id: uuid.UUID, after: int) -> bool:
    """Whether an attempt began after event ``after``: it may have superseded earlier epochs."""
    return RunEvent.objects.filter(run=run_id, kind="started", seq__gt=after).exists()


def _read_on(run_id: uuid.UUID, known: Recorded, seq: int) -> Recorded:
    """``known`` plus what was recorded after it up to event ``seq``."""
    events = RunEvent.objects.filter(run=run_id, kind="steps", superseded=False, seq__gt=known.seq, seq__lte=seq)
    payloads = events.order_by("seq").values_list("epoch", Cast("payload", TextField()))
    steps, losses = [known.steps], [known.losses]
    for epoch, payload in payloads.iterator(chunk_size=1000):
        of_epoch = np.frombuffer(base64.b64decode(from_json(payload)["losses"]), "<f4")
        steps.append(np.arange(1, len(of_epoch) + 1, dtype=np.uint32) + ((epoch or 1) - 1) * len(of_epoch))
        losses.append(of_epoch)
    return Recorded(seq, np.concatenate(steps), np.concatenate(losses))


def _value(loss: float) -> Value:
    if math.isfinite(loss):
        return loss
    return "NaN" if math.isnan(loss) else "Infinity" if loss > 0 else "-Infinity"
