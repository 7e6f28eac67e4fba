"""Work on many members on all cores. Small ones keep the interpreter busy, so that threads would share one core."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TypeVar

from trainer.system.parent_death import die_with_parent

Given = TypeVar("Given")
Made = TypeVar("Made")
# Batches that wait for each process.
AHEAD = 2


class Processes:
    """As many processes as there are cores, started once and used for everything until :meth:`close`.

    They are new ones, because a copy of this one would have its locks but not its threads.
    """

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def start(self, *modules: str) -> None:
        """Let them start and import ``modules``, which takes most of a second, while this process does other things."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            given = os.getpid(), modules
            self._pool = ProcessPoolExecutor(_num_processes(), context, initializer=_begin, initargs=given)
            self._pool.submit(os.getpid)  # with the first task all of them start

    def map(self, function: Callable[[Given], Made], batches: Iterable[Given]) -> Iterator[Made]:
        """What ``function``, of the top level of a module, makes of each batch, in order.

        Few batches are in memory at a time.
        """
        self.start()
        assert self._pool
        pool = self._pool
        waiting: deque[Future[Made]] = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(function, batch))
                if len(waiting) > AHEAD * _num_processes():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """End them; what they still have to do is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None


def _num_processes() -> int:
    return os.cpu_count() or 1


def _begin(parent: int, modules: tuple[str, ...]) -> None:
    die_with_parent(parent, signal.SIGKILL)
    for module in modules:
        importlib.import_module(module)
