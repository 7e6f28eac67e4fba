"""A managed training against the script that its user would have written. ``python -m bench.training``

Both sides train the same spec on the same arrays in one process, interleaved, compile time counted:

* managed: ``trainer.training.session`` with everything on: events to a file, system samples, validation and a
  verified checkpoint after every epoch;
* as the form has it: the same with the form's checkpoints, every 5 epochs and whenever the metric improves;
* plain: ``model.fit`` with ``validation_data`` and ``keras.callbacks.ModelCheckpoint`` after every epoch;
* bare loop: ``trainer.training.session`` with no checkpoint and nobody listening.

To check that both sides did the same work, ``model.fit`` is given the managed run's order of examples once, untimed,
and its weights are compared with those of the managed run.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from bench.report import Row, machine, write_section
from bench.setup.scratch import scratch_folder
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.checkpoints.writer import CheckpointWriter
from trainer.data.loading import Data
from trainer.data.preparing import open_named
from trainer.data.sizes import num_batches
from trainer.data.splits import split
from trainer.data.statistics import statistics_of
from trainer.engines.machine import SystemSampler
from trainer.events.events import EpochEnded, Event, parse_line
from trainer.events.sink import EventSink
from trainer.networks.families import plan_of
from trainer.process.requests import datasets_folder
from trainer.spec import Spec
from trainer.training.compilation import compile_model
from trainer.training.keras_model import build_model
from trainer.training.request import FitRequest
from trainer.training.session import Training, fit
from trainer.validation.parsing import parse_spec

MLP: dict[str, Any] = {
    "network": {
        "kind": "mlp",
        "layers": [{"units": 128, "dropout": 0.2, "constraint": {"kind": "max_norm", "value": 3.0}}] * 2,
    },
    "optimizer": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    "fit": {"epochs": 50, "batch_size": 32},
}
SEPARABLE: dict[str, Any] = {
    "network": {
        "kind": "convnet",
        "blocks": [{"filters": filters, "convolution": "separable", "dropout": 0.1} for filters in (32, 64)],
    },
    "optimizer": {"kind": "adam", "learning_rate": 0.002},
    "fit": {"epochs": 20, "batch_size": 32},
}
# The pictures are enlarged inside the network, so on both sides.
ENLARGED = SEPARABLE | {"network": SEPARABLE["network"] | {"resize": 28}, "fit": {"epochs": 8, "batch_size": 32}}
# Few parameters and much work: an epoch takes a second or two on two cores, a checkpoint has 8 MB.
ARITHMETIC: dict[str, Any] = {
    "network": {"kind": "convnet", "blocks": [{"filters": 160, "pool_size": 1}] * 5},
    "optimizer": {"kind": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    "fit": {"epochs": 6, "batch_size": 64},
}


@dataclass(frozen=True)
class Case:
    """A spec to race with, the ratio that is wanted of managed to plain, and whether its epochs take a second."""

    name: str
    spec: Spec
    goal: float
    has_long_epochs: bool = False


WHY = (
    "A checkpoint of a small network, flushed to the disk and verified, takes about 4 ms of processor time beside the "
    "training, and the first one about 40 ms more. After every epoch of 15 to 70 ms that shows; a new form saves every "
    "5 epochs and whenever the metric improves, the latter in about one per cent of the time. Processor time of all "
    "threads is the second figure: it does not change with what else the machine does."
)
CASES = (
    Case("dropout + max-norm MLP, 50 epochs", parse_spec(MLP), 0.35),
    Case("separable convnet, batch-normalised, 8×8, 20 epochs", parse_spec(SEPARABLE), 0.65),
    Case("separable convnet, batch-normalised, 28×28, 8 epochs", parse_spec(ENLARGED), 0.95),
    Case("all arithmetic: wide convnet, 6 epochs", parse_spec(ARITHMETIC), 1.02, has_long_epochs=True),
)


def every_epoch(spec: Spec) -> Spec:
    return parse_spec(spec.to_json() | {"checkpoints": {"every_epochs": 1, "keep_last": 3}})


def without_improvements(spec: Spec) -> Spec:
    return parse_spec(spec.to_json() | {"checkpoints": {"when_improved": False}})


def data_of(spec: Spec) -> Data:
    """The prepared data of ``spec``, verified and opened as at the start of every training."""
    return open_named(spec.dataset.name, datasets_folder(), lambda fraction, message: None)


def managed(spec: Spec, folder: Path) -> None:
    """Everything on, and a checkpoint after every epoch."""
    as_the_form_has_it(every_epoch(spec), folder)


def only_every_fifth(spec: Spec, folder: Path) -> None:
    """Everything on, but no checkpoint because of an improvement."""
    as_the_form_has_it(without_improvements(spec), folder)


def as_the_form_has_it(spec: Spec, folder: Path) -> None:
    """Everything on, with the checkpoints of ``spec``."""
    sink = EventSink(folder, lambda event: None)
    sampler = SystemSampler(sink)
    sampler.start()
    fit(FitRequest(spec, folder, data_of(spec)), sink)
    sampler.end()


class Silence(EventSink):
    """Nobody listens."""

    def __init__(self) -> None:
        """Open no file."""

    def emit(self, event: Event) -> None:
        """Forget it."""


class NoCheckpoints(Training):
    """The same loop, and nothing is kept."""

    def _save(self, **why: bool) -> None:
        """Keep nothing."""


def bare_loop(spec: Spec, folder: Path) -> None:
    """The same loop with nothing watching."""
    training = NoCheckpoints(FitRequest(spec, folder, data_of(spec)), Silence())
    training.start()
    training.run()


class Plain:
    """The user's own script: data ready, model built and compiled in the clock, then ``model.fit``."""

    def __init__(self, spec: Spec) -> None:
        self.spec, self.data = spec, data_of(spec)
        self.facts = self.data.facts
        self.parts = split(self.data, spec.split)
        self.statistics = statistics_of(self.data, self.parts)
        self.inputs = self.data.inputs.astype(np.float32)

    def model(self) -> keras.Model:
        keras.utils.set_random_seed(self.spec.seed)
        plan = plan_of(self.spec, self.facts)
        model = build_model(self.spec, plan, self.statistics)
        steps_per_epoch = num_batches(len(self.parts.train), self.spec.fit.batch_size)
        compile_model(model, self.spec, plan, self.facts, self.statistics, steps_per_epoch=steps_per_epoch)
        return model

    def arrays(self, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.inputs[part], self.data.targets[part]

    def __call__(self, spec: Spec, folder: Path) -> None:
        inputs, targets = self.arrays(self.parts.train)
        self.model().fit(
            inputs,
            targets,
            batch_size=spec.fit.batch_size,
            epochs=spec.fit.epochs,
            validation_data=self.arrays(self.parts.validation),
            callbacks=[keras.callbacks.ModelCheckpoint(folder / "{epoch:04d}.keras")],
            verbose=0,
        )

    def in_the_same_order(self, epochs: int) -> keras.Model:
        """``model.fit``, an epoch at a time, over the managed run's order of examples."""
        model = self.model()
        for epoch in range(epochs):
            order = np.random.default_rng([self.spec.seed, epoch]).permutation(self.parts.train)
            inputs, targets = self.arrays(order)
            model.fit(inputs, targets, batch_size=self.spec.fit.batch_size, shuffle=False, verbose=0)
        return model


def same_work(spec: Spec, plain: Plain, epochs: int = 3) -> float:
    """Largest difference between the weights of the two sides after a few epochs."""
    short = parse_spec(spec.to_json() | {"fit": spec.to_json()["fit"] | {"epochs": epochs}})  # type: ignore[operator]
    with scratch_folder() as folder:
        training = NoCheckpoints(FitRequest(short, folder, data_of(short)), Silence())
        training.start()
        training.run()
    pairs = zip(training.model.get_weights(), plain.in_the_same_order(epochs).get_weights(), strict=True)
    return max(float(np.abs(ours - theirs).max()) for ours, theirs in pairs)


class Blocked:
    """Adds up the seconds for which checkpoints hold the training up, from when it is entered."""

    def __enter__(self) -> Blocked:
        self.seconds, self._submit = 0.0, CheckpointWriter.submit

        def timed(writer: CheckpointWriter, manifest: Manifest, **why: bool) -> None:
            began = time.perf_counter()
            self._submit(writer, manifest, **why)
            self.seconds += time.perf_counter() - began

        CheckpointWriter.submit = timed  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *error: object) -> None:
        CheckpointWriter.submit = self._submit  # type: ignore[method-assign]


def blocked_share(spec: Spec) -> float:
    """Time in which checkpoints held the training up, as a share of the time of its epochs."""
    with scratch_folder() as folder, Blocked() as blocked:
        managed(spec, folder)
        lines = (folder / "events.jsonl").read_text().splitlines()
    epochs = sum(event.seconds for event in map(parse_line, lines) if isinstance(event, EpochEnded))
    return blocked.seconds / epochs


class Cost(NamedTuple):
    """What one training took: seconds by the clock, and of the processor in all threads."""

    seconds: float
    processor: float


def cost(side: Callable[[Spec, Path], None], spec: Spec) -> Cost:
    with scratch_folder() as folder:
        began, worked = time.perf_counter(), time.process_time()
        side(spec, folder)
        return Cost(time.perf_counter() - began, time.process_time() - worked)


def ratios(case: Case, repeats: int) -> Iterator[tuple[str, list[float], float]]:
    """Run all sides in turn; yields what was compared, the ratios, and the goal."""
    plain = Plain(case.spec)
    sides = (managed, plain, bare_loop, as_the_form_has_it, only_every_fifth)
    for side in sides:
        cost(side, parse_spec(case.spec.to_json() | {"fit": {"epochs": 1}}))
    rounds = [[cost(side, case.spec) for side in sides] for _ in range(repeats)]
    yield f"{case.name}: managed ÷ model.fit", [row[0].seconds / row[1].seconds for row in rounds], case.goal
    for name, column, goal in (("a checkpoint every epoch", 0, 1.02), ("the form's checkpoints", 3, 1.03)):
        what = f"{case.name}: everything on, {name} ÷ nothing watching"
        yield what, [row[column].seconds / row[2].seconds for row in rounds], goal
        yield f"{what}, processor", [row[column].processor / row[2].processor for row in rounds], goal
    what = f"{case.name}: saving improvements ÷ only every 5 epochs"
    yield what, [row[3].seconds / row[4].seconds for row in rounds], 1.03
    yield f"{what}, processor", [row[3].processor / row[4].processor for row in rounds], 1.03
    if case.has_long_epochs:
        share = [100 * blocked_share(case.spec) for _ in range(repeats)]
        yield f"{case.name}: training blocked by a checkpoint each epoch (%)", share, 1.0
    yield f"{case.name}: largest difference of weights", [same_work(case.spec, plain)], 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default="", help="part of the name of a case; nothing is written then")
    options = parser.parse_args()
    rows = []
    for case in (case for case in CASES if options.only in case.name):
        for what, values, goal in ratios(case, options.repeats):
            rows.append(Row.of(what, values, goal))
            print(rows[-1], flush=True)
    if not options.only:
        write_section("Training", f"{machine()}\n\n{WHY}", rows)


if __name__ == "__main__":
    main()
