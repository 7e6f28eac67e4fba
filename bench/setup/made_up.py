"""Prepared datasets of made-up images, as large as wanted, and a trainer process for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bench.setup.scratch import scratch_folder
from trainer.data.facts import DatasetFacts
from trainer.data.preparing import write_prepared

SHAPE = (32, 32, 3)
CLASSES = tuple("abcdefghij")


def examples_in(gigabytes: float) -> int:
    """How many images take so much."""
    return round(gigabytes * 1e9 / np.prod(SHAPE))


def make_dataset(num_examples: int, folder: Path) -> Path:
    """Random images without a pattern; what they show does not matter to memory and time."""
    facts = DatasetFacts(
        name="made-up",
        title="Made up",
        task="classification",
        kind="image",
        input_shape=SHAPE,
        num_examples=num_examples,
        class_names=CLASSES,
        value_range=(0.0, 255.0),
    )
    inputs = np.lib.format.open_memmap(folder / "draft.npy", "w+", np.uint8, (num_examples, *SHAPE))
    generator = np.random.default_rng(0)
    for start in range(0, num_examples, 10_000):
        inputs[start : start + 10_000] = generator.integers(0, 255, inputs[start : start + 10_000].shape, np.uint8)
    targets = (np.arange(num_examples) % len(CLASSES)).astype(np.int32)
    prepared = write_prepared(facts, inputs, targets, folder)
    del inputs
    (folder / "draft.npy").unlink()
    return prepared


def train(
    data: Path,
    watch: Callable[[subprocess.Popen[bytes]], None],
    *,
    units: Sequence[int],
    epochs: int,
    placement: str,
    engine: str = "tensorflow",
) -> list[str]:
    """Train an MLP with layers of ``units`` on ``data`` in a process; returns the lines of its events.

    ``watch`` is called with the process once it runs. ``placement`` is where the spec says that the data is held.
    """
    spec = {
        "dataset": {"name": "made-up"},
        "network": {"kind": "mlp", "layers": [{"units": number} for number in units]},
        "fit": {"epochs": epochs, "batch_size": 256},
        "computation": {"data": placement},
        "engine": engine,
    }
    with scratch_folder() as folder:
        (folder / "spec.json").write_text(json.dumps(spec))
        command = [sys.executable, "-m", "trainer", "fit", str(folder / "spec.json"), "--data", str(data)]
        with subprocess.Popen([*command, "--out", str(folder / "out")], stdout=subprocess.DEVNULL) as process:
            watch(process)
        if process.returncode:
            raise SystemExit(f"The training failed: {command}")
        return (folder / "out" / "events.jsonl").read_text().splitlines()
