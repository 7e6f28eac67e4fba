"""Memory of a trainer whose data is larger than it may keep. ``python -m bench.mapped_data``

Writes a prepared dataset of 2 GB of made-up images, and a tiny one of the same shape. Both are trained on for one epoch
by ``python -m trainer fit --data``, with the data streamed to the device, and with all of it there. What is compared is
the most memory that is the process's own: anonymous, which the kernel cannot take back as it can a mapped file. What
the larger one takes beyond the tiny one is what the data costs.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from pathlib import Path

from bench.report import Row, machine, write_section
from bench.setup.made_up import examples_in, make_dataset, train
from bench.setup.scratch import scratch_folder

TINY = 2000
MOST_MEGABYTES = 1000
ENGINES = ("tensorflow", "jax")


def peak_megabytes(data: Path, engine: str, placement: str) -> float:
    """The most anonymous memory of a training."""
    taken = [0.0]

    def watch(process: subprocess.Popen[bytes]) -> None:
        while process.poll() is None:
            taken.append(_anonymous_megabytes(process.pid))
            time.sleep(0.02)

    train(data, watch, units=[16], epochs=1, placement=placement, engine=engine)
    return max(taken)


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
    rows = []
    with scratch_folder() as folder:
        large, tiny = make_dataset(examples_in(options.gigabytes), folder), make_dataset(TINY, folder)
        for engine in ENGINES:
            for placement in ("streamed", "device"):
                framework = peak_megabytes(tiny, engine, placement)
                taken = [peak_megabytes(large, engine, placement) - framework for _ in range(options.repeats)]
                name = f"{options.gigabytes:g} GB of images, {placement}, {engine}: memory beyond a tiny dataset's"
                print(name, [round(megabytes) for megabytes in taken], flush=True)
                rows.append(Row.of(name, taken, MOST_MEGABYTES, "MB"))
    write_section("Data larger than memory", machine(), rows)


if __name__ == "__main__":
    main()
