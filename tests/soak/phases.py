"""What a training is doing in the moment in which it is killed.

As a program, ``python -m tests.soak.phases MARKS …`` is ``python -m trainer …`` that keeps the two bytes of the file
MARKS up to date: what the training does, and whether a checkpoint is being written beside it. The file is in shared
memory, so it is right to the instruction, and outlives the process.
"""

from __future__ import annotations

import json
import mmap
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.engines.loop import Loop

STARTING, BETWEEN, STEP, EVALUATING = range(4)
DOING = ("starting", "between epochs", "inside a step", "evaluating")
SAVING = "saving"
# What a kill may wait for.
WANTED = ("inside a step", SAVING, "between epochs", "evaluating")
PATIENCE_SECONDS = 3.0


class Marks:
    """The two bytes, shared between a training and who watches it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(2))
        with path.open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), 2)

    def doing(self, what: int) -> None:
        self._bytes[0] = what

    def saving(self, on: bool) -> None:
        self._bytes[1] = on

    @property
    def has_begun(self) -> bool:
        return self._bytes[0] != STARTING

    def names(self) -> list[str]:
        """What is being done, in words: one thing, and perhaps saving beside it."""
        return [DOING[self._bytes[0]], *([SAVING] if self._bytes[1] else [])]


def kill(start: Callable[[], subprocess.Popen[bytes]], marks: Path, seconds: float, wanted: str) -> str:
    """Start a training and kill it so many seconds after it has begun, or as soon after that as it is at ``wanted``.

    Returns what it was doing, in words; "" when it had ended before.
    """
    marks.parent.mkdir(parents=True, exist_ok=True)
    marks.unlink(missing_ok=True)
    watched = Marks(marks)
    process = start()
    _wait(process, lambda: watched.has_begun, 600)
    time.sleep(seconds)
    _wait(process, lambda: not wanted or wanted in watched.names(), PATIENCE_SECONDS)
    has_ended = process.poll() is not None
    process.kill()
    process.wait()
    return "" if has_ended else " and ".join(watched.names())


def _wait(process: subprocess.Popen[bytes], until: Callable[[], bool], seconds: float) -> None:
    """Until it is so, the process has ended, or the time is over."""
    limit = time.monotonic() + seconds
    while not until() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.0005)


def start(values: dict[str, Any], out: Path, marks: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a training of the spec ``values`` into the folder ``out`` that keeps ``marks``."""
    path = out / "asked.json"
    path.write_text(json.dumps(values))
    command = [sys.executable, "-m", "tests.soak.phases", str(marks), "fit", str(path), "--out", str(out), *options]
    with (out / "output.txt").open("ab") as output:
        return subprocess.Popen(command, stdout=output, stderr=output)


def instant(chance: random.Random, seconds: float) -> float:
    """Somewhere in the time that the training takes; not at its very end, where a busy machine would be late."""
    return chance.random() * 0.8 * seconds


def _main() -> int:
    """Mark what goes through the two doors of a training: its loop, and the writing of a checkpoint."""
    # Before anything loads Keras, which must not be loaded before the spec names its engine.
    from trainer.checkpoints import checkpoint_files
    from trainer.engines import loops
    from trainer.process import cli as trainer

    marks, loop_of, write = Marks(Path(sys.argv[1])), loops.loop_of, checkpoint_files.write

    def marked_loop(*arguments: Any, **named: Any) -> Loop:
        return _marked(loop_of(*arguments, **named), marks)

    def marked_write(*arguments: Any) -> Any:
        marks.saving(True)
        try:
            return write(*arguments)
        finally:
            marks.saving(False)

    loops.loop_of, checkpoint_files.write = marked_loop, marked_write
    return trainer.main(sys.argv[2:])


def _marked(loop: Loop, marks: Marks) -> Loop:
    train, test = loop.train, loop.test

    def marked_train(order: Any, first_step: int, last_step: int, epoch: int = 0) -> Any:
        marks.doing(STEP)
        trained = train(order, first_step, last_step, epoch)
        if last_step == loop.num_steps(len(order)):
            marks.doing(BETWEEN)
        return trained

    def marked_test(indices: Any) -> dict[str, float]:
        marks.doing(EVALUATING)
        metrics = test(indices)
        marks.doing(BETWEEN)
        return metrics

    loop.train, loop.test = marked_train, marked_test  # type: ignore[method-assign]
    return loop


if __name__ == "__main__":
    sys.exit(_main())
