"""Work on many pictures on all cores. Small ones keep the interpreter busy, so that threads would share one core."""

from __future__ import annotations

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


def in_processes(function: Callable[[Given], Made], batches: Iterable[Given]) -> Iterator[Made]:
    """What ``function``, of the top level of a module, makes of each batch, in order. Few are in memory at a time.

    The processes are new ones, because a copy of this one would have its locks but not its threads.
    """
    num_processes = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Made]] = deque()
    with ProcessPoolExecutor(num_processes, context, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        try:
            for batch in batches:
                waiting.append(pool.submit(function, batch))
                if len(waiting) > AHEAD * num_processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _end_with(parent: int) -> None:
    die_with_parent(parent, signal.SIGKILL)
