"""Data that are streamed to the device against data that lie there. ``python -m bench.streaming``

Both sides train the same spec in the same loop in one process, interleaved, without checkpoints and with nobody
listening, and their weights are compared. The chunks are made so small that an epoch has at least ten of them, as it
has with data that are too large for the device: what is measured is gathering, copying and handing over. What a
training does once, such as compiling, is not in the clock.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np

from bench.report import Row, machine, write_section
from bench.training import CONVNET, MLP, NoCheckpoints, Silence, folders
from trainer.fit import FitRequest
from trainer.loops import feed
from trainer.problems import parse_spec
from trainer.spec import Spec

CASES: dict[str, dict[str, Any]] = {"dropout + max-norm MLP": MLP, "batch-normalised convnet": CONVNET}
GOAL = 1.05
CHUNKS = 10  # an epoch
DIGITS_BYTES = 1257 * 260  # the training examples of digits: 64 numbers of float32 and a class


class Timed(NoCheckpoints):
    """Keeps the seconds of each epoch; the first, which compiles, does not count."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.seconds: list[float] = []

    def _train_epoch(self) -> bool:
        began = time.perf_counter()
        ended = super()._train_epoch()
        self.seconds.append(time.perf_counter() - began)
        return ended


def trained(values: dict[str, Any], data: str) -> Timed:
    """Train the spec with its data held or streamed."""
    spec: Spec = parse_spec(values | {"computation": {"data": data}})
    with folders() as folder:
        training = Timed(FitRequest(spec, folder, folder), Silence())
        training.start()
        training.run()
    return training


def difference(a: Timed, b: Timed) -> float:
    """Largest difference between the weights of two trainings."""
    pairs = zip(a.model.get_weights(), b.model.get_weights(), strict=True)
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)


def rows_of(name: str, values: dict[str, Any], repeats: int) -> list[Row]:
    rounds = [(trained(values, "streamed"), trained(values, "device")) for _ in range(repeats)]
    ratios = [sum(streamed.seconds[1:]) / sum(held.seconds[1:]) for streamed, held in rounds]
    apart = [difference(*sides) for sides in rounds]
    return [
        Row(f"{name}: streamed ÷ held", statistics.median(ratios), min(ratios), max(ratios), GOAL),
        Row(f"{name}: largest difference of weights", max(apart), min(apart), max(apart), 0.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=0, help="instead of those of the case; nothing is written then")
    options = parser.parse_args()
    feed.CHUNK_BYTES = DIGITS_BYTES // CHUNKS
    rows = []
    for name, values in CASES.items():
        fit = values["fit"] | ({"epochs": options.epochs} if options.epochs else {})
        for row in rows_of(name, values | {"fit": fit}, options.repeats):
            rows.append(row)
            print(row, flush=True)
    if not options.epochs:
        write_section("Streamed data", machine(), rows)


if __name__ == "__main__":
    main()
