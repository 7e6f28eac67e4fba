"""``make soak``: many trainings of many kinds, killed at random instants, all exact in the end.

``python -m tests.soak.campaign --runs 200 --seed 1`` prints a line a training and ends with 1 when one differs. Every
second kill falls at an instant drawn by chance; the others wait from there until the training is inside a step,
saving, between epochs or evaluating, so that all of these are hit often.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.killing import Values, fit, outcome, reference
from tests.soak.phases import WANTED, instant, kill, start
from trainer.engines.backend import is_installed
from trainer.events.events import EpochEnded, Started, parse_line
from trainer.events.fault_points import FAULT_POINTS

SEPARABLE: Values = {"filters": 8, "dropout": 0.2, "convolution": "separable"}
NETWORKS: tuple[Values, ...] = (
    {"kind": "mlp", "layers": [{"units": 32, "dropout": 0.3, "constraint": {"kind": "max_norm", "value": 2.0}}]},
    {"kind": "convnet", "blocks": [{"filters": 8, "dropout": 0.2}, {"filters": 8, "normalization": None}]},
    {"kind": "convnet", "blocks": [SEPARABLE, SEPARABLE | {"normalization": None}]},
    {"kind": "convnet", "resize": 12, "blocks": [SEPARABLE, SEPARABLE], "dense": [{"units": 16, "dropout": 0.2}]},
)
OPTIMIZERS: tuple[Values, ...] = (
    {"kind": "sgd", "momentum": 0.9, "clipping": "norm"},
    {"kind": "adam"},
    {"kind": "adamw"},
    {"kind": "rmsprop", "momentum": 0.5},
)
# Epochs of ten steps, of forty, and of 629 with checkpoints inside them.
FITS: tuple[Values, ...] = (
    {"fit": {"epochs": 120, "batch_size": 128, "early_stopping": {"patience": 120}}},
    {"fit": {"epochs": 40, "batch_size": 32}},
    {"fit": {"epochs": 6, "batch_size": 2}, "checkpoints": {"every_epochs": 1, "every_minutes": 0.004, "keep_last": 2}},
)
# Ways of computing the same, each of which keeps state of its own.
WAYS: dict[str, Values] = {
    "accumulated": {"fit": {"epochs": 40, "batch_size": 32, "gradient_accumulation": 3}},
    "float16": {"computation": {"precision": "mixed_float16"}},
    "bfloat16": {"computation": {"precision": "mixed_bfloat16"}},
    "XLA": {"computation": {"xla": True}},
    "JAX": {"engine": "jax"},
}
Outcome = tuple[str, dict[int, str]]


@dataclass(frozen=True)
class Undisturbed:
    """How a training ends that nobody disturbs, and the seconds from its start to its last epoch."""

    outcome: Outcome
    seconds: float


@dataclass
class Verdict:
    """One training that was killed: what it is, what the kills hit, and how it differs; empty when it does not."""

    what: str
    hits: list[str] = field(default_factory=list)
    difference: str = ""

    def __str__(self) -> str:
        return f"{self.what}, killed {'; '.join(self.hits) or 'never'}: {self.difference or 'equal'}"


def specs() -> list[Values]:
    """Every network with every optimiser on pictures, every optimiser on a regression, and two networks in every
    way of computing; the sizes of the epochs take turns."""
    found = []
    for (row, network), (column, optimizer) in itertools.product(enumerate(NETWORKS), enumerate(OPTIMIZERS)):
        common = {"network": network, "optimizer": optimizer, "checkpoints": {"every_epochs": 3, "keep_last": 2}}
        found.append(common | FITS[(row + column) % len(FITS)])
    tables = [
        spec | {"dataset": {"name": "diabetes"}, "optimizer": optimizer}
        for spec, optimizer in zip(itertools.cycle(found[:3]), OPTIMIZERS, strict=False)
    ]
    ways = [way for way in WAYS.values() if is_installed(way.get("engine", "tensorflow"))]
    networks = [found[1], found[-len(OPTIMIZERS) + 1]]
    return found + tables + [spec | way for spec, way in itertools.product(networks, ways)]


def described(values: Values) -> str:
    network, way = values["network"], next((name for name, way in WAYS.items() if way.items() <= values.items()), "")
    separable = "separable" if "separable" in str(network) else ""
    resized = f"at {network['resize']} pixels" if network.get("resize") else ""
    kind = " ".join(filter(None, (separable, network["kind"], resized)))
    data = values.get("dataset", {}).get("name", "digits")
    size = f"{values['fit']['epochs']} epochs by {values['fit']['batch_size']}"
    return ", ".join(filter(None, (data, kind, values["optimizer"]["kind"], size, way)))


def undisturbed(values: Values, out: Path) -> Undisturbed:
    found = reference(values, out)
    events = [parse_line(line) for line in (out / "events.jsonl").read_text().splitlines()]
    moments = [event.at for event in events if isinstance(event, Started | EpochEnded)]
    shutil.rmtree(out)
    return Undisturbed(found, (moments[-1] - moments[0]).total_seconds())


def killed_at_random(values: Values, out: Path, wanted: Future[Undisturbed], seed: str) -> Verdict:
    """Kill a training once or twice, let it end, and compare it with the one that nobody disturbed."""
    expected, chance = wanted.result(), random.Random(seed)
    verdict, seconds, kills = Verdict(described(values)), expected.seconds, chance.choice((1, 1, 2))
    while len(verdict.hits) < kills:
        after = instant(chance, seconds)
        target = chance.choice(WANTED) if chance.random() < 0.5 else ""
        hit = kill(lambda: start(values, out, out / "marks", "--resume"), out / "marks", after, target)
        if hit:
            verdict.hits.append(hit)
            seconds -= after
        elif verdict.hits:
            break
        else:  # it was faster this time, and ended: nothing was killed
            shutil.rmtree(out)
            seconds /= 2
    verdict.difference = ending(values, out, expected.outcome)
    return verdict


def killed_at_point(point: str, values: Values, out: Path, wanted: Future[Undisturbed]) -> Verdict:
    """Kill a training at a named point."""
    expected = wanted.result()
    fit(values, out, crash_at=point).wait()
    return Verdict(described(values), [f"at {point}"], ending(values, out, expected.outcome))


def ending(values: Values, out: Path, wanted: Outcome) -> str:
    """Let a killed training end; returns how the end differs from the one that is wanted, and removes what is equal."""
    if fit(values, out, "--resume").wait():
        return f"DID NOT END: {(out / 'output.txt').read_text()[-500:]}"
    try:
        digest, metrics = outcome(out, values["fit"]["epochs"])
    except Exception as error:  # noqa: BLE001 - told, and the campaign goes on
        return f"DIFFERENT: {type(error).__name__}: {error}"
    if metrics != wanted[1]:
        first = next(epoch for epoch in wanted[1] if metrics.get(epoch) != wanted[1][epoch])
        return f"DIFFERENT from epoch {first} on"
    if digest != wanted[0]:
        return "DIFFERENT weights"
    shutil.rmtree(out)
    return ""


def campaign(pool: ThreadPoolExecutor, folder: Path, runs: int, seed: int) -> Iterator[Verdict]:
    """Verdicts as they come. The pool takes references first, so that nobody waits for one that cannot begin."""
    first, *others = specs()
    all_specs = [first, *random.Random(seed).sample(others, len(others))]
    references = [
        pool.submit(undisturbed, values, folder / f"reference-{index}")
        for index, values in enumerate(all_specs[: max(1, runs)])
    ]
    trainings: dict[Future[Verdict], Values] = {
        pool.submit(killed_at_point, point, first, folder / point, references[0]): first for point in FAULT_POINTS
    }
    for number in range(runs):
        index = number % len(all_specs)
        out, wanted = folder / f"run-{number}", references[index]
        training = pool.submit(killed_at_random, all_specs[index], out, wanted, f"{seed}/{number}")
        trainings[training] = all_specs[index]
    for training in as_completed(trainings):
        error = training.exception()
        yield Verdict(described(trainings[training]), [], repr(error)) if error else training.result()


def main() -> int:
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--parallel",
        type=int,
        default=min(cores, max(2, cores // 2)),
        help="trainings at a time (default: %(default)s)",
    )
    options = parser.parse_args()
    began, verdicts = time.monotonic(), []
    folder = Path(tempfile.mkdtemp(prefix="trainyard-soak-"))
    with ThreadPoolExecutor(options.parallel) as pool:
        for verdict in campaign(pool, folder, options.runs, options.seed):
            verdicts.append(verdict)
            print(f"{len(verdicts)}/{options.runs + len(FAULT_POINTS)} {verdict}", flush=True)
    return summary(verdicts, folder, time.monotonic() - began)


def summary(verdicts: list[Verdict], folder: Path, seconds: float) -> int:
    """Print what came of it all; returns the exit code."""
    hits = Counter(name for verdict in verdicts for hit in verdict.hits for name in hit.split(" and "))
    at_points = sum(count for name, count in hits.items() if name.startswith("at "))
    phases = ", ".join(f"{count} {name}" for name, count in hits.most_common() if not name.startswith("at "))
    equal = sum(not verdict.difference for verdict in verdicts)
    print(f"Kills: {phases}, {at_points} at named points (a kill while saving counts twice)")
    print(f"{equal} of {len(verdicts)} ended with equal weights and metrics, in {seconds / 60:.1f} minutes")
    if equal == len(verdicts):
        shutil.rmtree(folder)
        return 0
    print(f"What differs is left in {folder}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
