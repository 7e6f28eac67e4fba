"""Data that are streamed to the device against data that lie there. ``python -m bench.streaming``

Both sides train and validate the same network in the same loop in one process, an epoch of one and an epoch of the
other, and their weights are compared. The data are the digits many times over. The chunks are sixteen times smaller
than a real training's, so that an epoch has several of them, as it has with data that are too large for the device:
what is measured is gathering, copying and handing over. Compiling, which both do once, is not in the clock.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np

from bench.report import Row, machine, write_section
from bench.training import MLP, SEPARABLE, Plain
from trainer.engines import feed
from trainer.engines.loops import loop_of
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

GOAL = 1.05
SMALLER = 16
STEPS_PER_CALL = 500  # about as many as a training takes in one call


@dataclass(frozen=True)
class Case:
    """A network, and how many times over the digits are its data."""

    name: str
    spec: Spec
    times: int


CASES = (Case("dropout + max-norm MLP", parse_spec(MLP), 60), Case("separable convnet", parse_spec(SEPARABLE), 20))


class Side:
    """One of the two: its own model and its own loop."""

    def __init__(self, case: Case, data: str) -> None:
        spec = parse_spec({**case.spec.to_json(), "computation": {"data": data}})
        plain = Plain(spec)
        self.train = np.tile(plain.parts.train, case.times) + _shifts(plain, case.times, len(plain.parts.train))
        self.validation = plain.parts.validation
        inputs, targets = (np.concatenate([array] * case.times) for array in (plain.inputs, plain.data.targets))
        self.model = plain.model()
        self.loop = loop_of(self.model, inputs, targets, spec)

    def epoch(self, number: int) -> float:
        """Train and validate; returns the seconds that it took."""
        order = np.random.default_rng(number).permutation(self.train)
        steps = self.loop.num_steps(len(order))
        began = time.perf_counter()
        self.loop.announce(self.validation)
        for first in range(0, steps, STEPS_PER_CALL):
            self.loop.train(order, first, min(first + STEPS_PER_CALL, steps))
        self.loop.test(self.validation)
        return time.perf_counter() - began

    def weights(self) -> np.ndarray:
        return np.concatenate([weight.ravel() for weight in self.model.get_weights()])


def _shifts(plain: Plain, times: int, number: int) -> np.ndarray:
    """To which repetition of the digits each index belongs."""
    return np.repeat(np.arange(times) * len(plain.inputs), number)


def rows_of(case: Case, repeats: int) -> list[Row]:
    streamed, held = Side(case, "streamed"), Side(case, "device")
    times = [(streamed.epoch(number), held.epoch(number)) for number in range(repeats + 1)]
    ratios = [ours / theirs for ours, theirs in times[1:]]  # the first of each compiles
    apart = float(np.abs(streamed.weights() - held.weights()).max())
    return [
        Row.of(f"{case.name}: epoch streamed ÷ held", ratios, GOAL),
        Row.of(f"{case.name}: largest difference of weights", [apart], 0.0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--try", action="store_true", dest="tries", help="one repeat; nothing is written")
    options = parser.parse_args()
    feed.CHUNK_BYTES //= SMALLER
    rows = []
    for case in CASES:
        for row in rows_of(case, 1 if options.tries else options.repeats):
            rows.append(row)
            print(row, flush=True)
    if not options.tries:
        write_section("Streamed data", machine(), rows)


if __name__ == "__main__":
    main()
