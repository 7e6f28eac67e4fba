"""``make soak``: many trainings of many kinds, killed at random instants, all exact in the end.

``python -m tests.soak.campaign --runs 200 --seed 1`` prints a line a run and ends with 1 when one differs.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
from pathlib import Path

from tests.soak.killing import Values, fit, kill_at_random, outcome, reference
from trainer.crash_points import POINTS
from trainer.engines import is_installed

NETWORKS: tuple[Values, ...] = (
    {"kind": "mlp", "layers": [{"units": 32, "dropout": 0.3, "max_norm": 2.0}]},
    {"kind": "convnet", "blocks": [{"filters": 8, "dropout": 0.2}, {"filters": 8, "batch_normalization": False}]},
)
OPTIMIZERS: tuple[Values, ...] = (
    {"kind": "sgd", "momentum": 0.9, "clip_norm": 1.0},
    {"kind": "adam"},
    {"kind": "adamw"},
    {"kind": "rmsprop", "momentum": 0.5},
)
FITS: tuple[Values, ...] = (
    {"epochs": 60, "batch_size": 32},
    {"epochs": 60, "batch_size": 50, "early_stopping": {"patience": 60}},
)
# Ways of computing the same, each of which keeps state of its own.
WAYS: dict[str, Values] = {
    "accumulated": {"fit": {"epochs": 60, "batch_size": 32, "gradient_accumulation": 3}},
    "float16": {"computation": {"precision": "mixed_float16"}},
    "bfloat16": {"computation": {"precision": "mixed_bfloat16"}},
    "XLA": {"computation": {"xla": True}},
    "JAX": {"engine": "jax"},
}


def specs() -> list[Values]:
    """All combinations, on images; the networks for tables on a regression; and each network computed in each way."""
    found = [
        {"network": network, "optimizer": optimizer, "fit": fit, "checkpoints": {"every_epochs": 3, "keep_last": 2}}
        for network, optimizer, fit in itertools.product(NETWORKS, OPTIMIZERS, FITS)
    ]
    tables = [spec | {"dataset": {"name": "diabetes"}} for spec in found if spec["network"]["kind"] == "mlp"]
    ways = [way for way in WAYS.values() if is_installed(way.get("engine", "tensorflow"))]
    networks = [found[0], found[len(found) // 2]]
    return found + tables + [spec | way for spec, way in itertools.product(networks, ways)]


def described(values: Values) -> str:
    way = next((name for name, way in WAYS.items() if way.items() <= values.items()), "")
    return ", ".join(filter(None, (values["network"]["kind"], values["optimizer"]["kind"], way)))


def kill_at_every_point(values: Values, folder: Path) -> int:
    """Kill one training at each named point; returns how many ended otherwise than undisturbed."""
    wanted, differing = reference(values, folder / "undisturbed"), 0
    for point in POINTS:
        fit(values, folder / point, crash_at=point).wait()
        fit(values, folder / point, "--resume").wait()
        same = outcome(folder / point, values["fit"]["epochs"]) == wanted
        differing += not same
        print(f"killed at {point}: {'equal' if same else 'DIFFERENT'}", flush=True)
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, wanted, differing = random.Random(options.seed), {}, 0
    with tempfile.TemporaryDirectory(prefix="trainyard-soak-") as folder:
        for number in range(options.runs):
            index = number % len(specs())
            values = specs()[index]
            if index not in wanted:
                wanted[index] = reference(values, Path(folder) / f"reference-{index}")
            kills = chance.randint(1, 3)
            same = kill_at_random(values, Path(folder) / f"run-{number}", kills, chance) == wanted[index]
            differing += not same
            what = f"{described(values)}, killed {kills} times"
            print(f"{number + 1}/{options.runs} {what}: {'equal' if same else 'DIFFERENT'}", flush=True)
        differing += kill_at_every_point(specs()[0], Path(folder))
    trainings = options.runs + len(POINTS)
    print(f"{trainings - differing} of {trainings} ended with equal weights and metrics")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
