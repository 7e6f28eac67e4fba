"""Moving the examples to the device: all of them once, or in chunks, each while the previous one is computed.

A loop requests *portions*: steps of an epoch over arrays on the device. The content of a batch is the same either way,
and so are the numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trainer.data.sizes import num_batches

CHUNK_BYTES = 64 << 20  # at most two chunks are on the device, and one more is on its way
Put = Callable[[Any], Any]


@dataclass(frozen=True)
class Portion:
    """Steps ``first`` (inclusive) to ``last`` (exclusive) over arrays on the device.

    Step i takes a batch of ``rows``, int32, starting at ``i * batch_size``. Only the first ``num_rows`` rows are valid;
    the rest is padding that keeps shapes equal. ``before`` counts the steps of the epoch that come before step 0.
    """

    inputs: Any
    targets: Any
    rows: Any
    num_rows: int
    first: int
    last: int
    before: int = 0


class Feed(ABC):
    """Supplies ``inputs`` (examples, …) and ``targets`` (examples, …) on the device; ``put`` copies an array there."""

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, batch_size: int, put: Put) -> None:
        self._inputs, self._targets, self._batch_size, self._put = inputs, targets, batch_size, put

    @property
    def num_bytes(self) -> int:
        """The size of all examples."""
        return self._inputs.nbytes + self._targets.nbytes

    @abstractmethod
    def portions(self, order: np.ndarray, first_step: int, last_step: int) -> Iterator[Portion]:
        """Yield the portions for these steps of an epoch over the examples ``order``, one after the other."""

    def announce(self, order: np.ndarray) -> None:  # noqa: B027 - only feeds that prefetch need it
        """Announce the examples that follow the current ones; the same array must be requested later."""


class Held(Feed):
    """All examples are on the device; batches select their rows."""

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, batch_size: int, put: Put) -> None:
        super().__init__(inputs, targets, batch_size, put)
        self._held = put(inputs), put(targets)

    def portions(self, order: np.ndarray, first_step: int, last_step: int) -> Iterator[Portion]:
        rows = self._put(order.astype(np.int32, copy=False))
        yield Portion(*self._held, rows, len(order), first_step, last_step)


class Streamed(Feed):
    """Chunks of many batches, gathered and copied by a thread while the previous one is computed.

    Every chunk has its own memory, because engines may use that of an array instead of copying it. All chunks of
    an epoch have the same shape, the last one padded, so that engines that compile for shapes do so once.
    """

    def __init__(self, inputs: np.ndarray, targets: np.ndarray, batch_size: int, put: Put) -> None:
        super().__init__(inputs, targets, batch_size, put)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self._ready: tuple[np.ndarray, int, Future[Portion]] | None = None
        self._coming: tuple[np.ndarray, int, Future[Portion]] | None = None
        self._announced: np.ndarray | None = None

    def announce(self, order: np.ndarray) -> None:
        self._announced = order

    def portions(self, order: np.ndarray, first_step: int, last_step: int) -> Iterator[Portion]:
        length = self._steps_per_chunk(order)
        while first_step < last_step:
            number, first = divmod(first_step, length)
            last = min(length, last_step - number * length)
            yield replace(self._chunk(order, number), first=first, last=last, before=number * length)
            first_step = number * length + last

    def _steps_per_chunk(self, order: np.ndarray) -> int:
        """As many batches as fit, spread evenly over the chunks, so that little padding is needed."""
        steps = self._num_steps(order)
        batch = self._batch_size * self.num_bytes // len(self._inputs)
        most = max(1, CHUNK_BYTES // batch)
        return -(-steps // -(-steps // most))

    def _num_steps(self, order: np.ndarray) -> int:
        return num_batches(len(order), self._batch_size)

    def _chunk(self, order: np.ndarray, number: int) -> Portion:
        """Chunk ``number`` of the epoch; the thread then starts on the next one."""
        if not _is(self._ready, order, number):
            coming, self._ready, self._coming = self._coming, None, None
            self._ready = coming if _is(coming, order, number) else self._ask(order, number)
        assert self._ready is not None
        portion = self._ready[2].result()
        if self._coming is None:
            self._coming = self._after(order, number)
        return portion

    def _after(self, order: np.ndarray, number: int) -> tuple[np.ndarray, int, Future[Portion]] | None:
        if (number + 1) * self._steps_per_chunk(order) < self._num_steps(order):
            return self._ask(order, number + 1)
        announced, self._announced = self._announced, None
        return None if announced is None else self._ask(announced, 0)

    def _ask(self, order: np.ndarray, number: int) -> tuple[np.ndarray, int, Future[Portion]]:
        return order, number, self._thread.submit(self._gather, order, number)

    def _gather(self, order: np.ndarray, number: int) -> Portion:
        size = self._steps_per_chunk(order) * self._batch_size
        picked = order[number * size : (number + 1) * size]
        inputs, targets = (self._put(_padded(values, picked, size)) for values in (self._inputs, self._targets))
        return Portion(inputs, targets, self._put(np.arange(size, dtype=np.int32)), len(picked), 0, 0)


def _is(asked: tuple[np.ndarray, int, Any] | None, order: np.ndarray, number: int) -> bool:
    return asked is not None and asked[0] is order and asked[1] == number


def _padded(values: np.ndarray, picked: np.ndarray, size: int) -> np.ndarray:
    """The rows ``picked``, and zeros up to ``size`` rows."""
    chunk = np.empty((size, *values.shape[1:]), values.dtype)
    np.take(values, picked, axis=0, out=chunk[: len(picked)], mode="clip")  # the other modes copy twice
    chunk[len(picked) :] = 0
    return chunk
