"""Small pictures prepared on all cores, and the same with Pillow alone. ``python -m bench.preparing_pictures``

Writes a zip of PNGs made of scikit-learn's digits. One side has it prepared as a worker does once it was understood:
names and classes, every byte checked, decoded to one size, written, hashed and flushed. The other is what one would
write in a minute: two processes that open the zip, and decode and resize half of it each into memory. Both are measured
in a process of their own, without the time that Python and its modules take to start, one after the other.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from bench.report import Row, machine, write_section
from trainer.data.own.choices import Choices
from trainer.data.own.importing import prepare_own

SIDE = 28
FROM_SIDE = 32
MOST_TIMES = 1 / 0.8


def make_zip(path: Path, num_pictures: int) -> None:
    """Digits of 8 × 8 pixels, enlarged, with noise so that no two are alike."""
    from sklearn.datasets import load_digits

    digits, generator = load_digits(), np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(num_pictures):
            pixels = digits.images[number % len(digits.images)].repeat(4, axis=0).repeat(4, axis=1) * 14
            noisy = pixels + generator.integers(0, 16, pixels.shape)
            file = io.BytesIO()
            Image.fromarray(noisy.astype(np.uint8)).save(file, "PNG")
            archive.writestr(f"{digits.target[number % len(digits.target)]}/{number}.png", file.getvalue())


def ours(path: Path) -> float:
    """Seconds to prepare it."""
    choices = Choices(height=SIDE, width=SIDE, colour="grey")
    with tempfile.TemporaryDirectory(dir=path.parent) as datasets:
        start = time.perf_counter()
        prepare_own(path, choices, "digits", Path(datasets), lambda *_: None)
        return time.perf_counter() - start


def _bare_half(path: Path, half: int, gate: multiprocessing.Barrier) -> None:  # type: ignore[valid-type]
    gate.wait()  # type: ignore[attr-defined]
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist()[half::2]:
            with archive.open(name) as file, Image.open(file) as image:
                np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))
    gate.wait()  # type: ignore[attr-defined]


def bare(path: Path) -> float:
    """Seconds of two processes from when both are ready until both are done."""
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    processes = [context.Process(target=_bare_half, args=(path, half, gate)) for half in range(2)]
    for process in processes:
        process.start()
    gate.wait()
    start = time.perf_counter()
    gate.wait()
    seconds = time.perf_counter() - start
    for process in processes:
        process.join()
    return seconds


def measured(side: str, path: Path) -> float:
    """Seconds of one side, in a process of its own."""
    command = [sys.executable, "-m", "bench.preparing_pictures", "--side", side, "--zip", str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", choices=("ours", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--zip", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print({"ours": ours, "bare": bare}[options.side](options.zip))
        return
    folder = Path(tempfile.mkdtemp(prefix="trainyard-bench-"))
    try:
        path = folder / "digits.zip"
        make_zip(path, options.pictures)
        pairs = [(measured("ours", path), measured("bare", path)) for _ in range(options.repeats)]
    finally:
        shutil.rmtree(folder)
    for one, other in pairs:
        print(f"prepared in {one:.2f} s, Pillow alone {other:.2f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    times = [one / other for one, other in pairs]
    per_second = [options.pictures / one for one, _ in pairs]
    print(f"{statistics.median(per_second):,.0f} pictures a second", flush=True)
    name = f"{options.pictures:,} PNGs of {FROM_SIDE} × {FROM_SIDE} prepared: time beside two processes of Pillow alone"
    figures = statistics.median(times), min(times), max(times)
    write_section("Preparing pictures", machine(), [Row(name, *figures, MOST_TIMES, "times")])


if __name__ == "__main__":
    main()
