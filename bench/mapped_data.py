"""Memory of a trainer whose data is larger than it may keep. ``python -m bench.mapped_data``

Writes a prepared dataset of 2 GB of made-up images, and a tiny one of the same shape. Both are trained on for one epoch
by ``python -m trainer fit --data``, with the data streamed to the device, and with all of it there. What is compared is
the most memory that is the process's own: anonymous, which the kernel cannot take back as it can a mapped file. What
the larger one takes beyond the tiny one is what the data costs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.report import Row, machine, write_section
from trainer.data.facts import DatasetFacts
from trainer.data.preparing import write_prepared

SHAPE = (32, 32, 3)
CLASSES = tuple("abcdefghij")
TINY = 2000
MOST_MEGABYTES = 1000
ENGINES = ("tensorflow", "jax")


def make_dataset(num_examples: int, folder: Path) -> Path:
    """Random images without a pattern; what they show does not matter to memory."""
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


def peak_megabytes(data: Path, engine: str, placement: str) -> float:
    """The most anonymous memory of a training."""
    spec = {
        "dataset": {"name": "made-up"},
        "network": {"kind": "mlp", "layers": [{"units": 16}]},
        "fit": {"epochs": 1, "batch_size": 256},
        "computation": {"data": placement},
        "engine": engine,
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spec.json").write_text(json.dumps(spec))
        command = [sys.executable, "-m", "trainer", "fit", f"{folder}/spec.json", "--data", str(data)]
        most = 0.0
        with subprocess.Popen([*command, "--out", f"{folder}/out"], stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                most = max(most, _anonymous_megabytes(process.pid))
                time.sleep(0.02)
        if process.returncode:
            raise SystemExit(f"The training failed: {command}")
        return most


def _anonymous_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("RssAnon")), 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="trainyard-bench-"))
    rows = []
    try:
        large = make_dataset(round(options.gigabytes * 1e9 / np.prod(SHAPE)), folder)
        tiny = make_dataset(TINY, folder)
        for engine in ENGINES:
            for placement in ("streamed", "device"):
                framework = peak_megabytes(tiny, engine, placement)
                taken = [peak_megabytes(large, engine, placement) - framework for _ in range(options.repeats)]
                name = f"{options.gigabytes:g} GB of images, {placement}, {engine}: memory beyond a tiny dataset's"
                print(name, [round(megabytes) for megabytes in taken], flush=True)
                figures = statistics.median(taken), min(taken), max(taken)
                rows.append(Row(name, *figures, MOST_MEGABYTES, "MB"))
    finally:
        shutil.rmtree(folder)
    write_section("Data larger than memory", machine(), rows)


if __name__ == "__main__":
    main()
