"""``make bench``: every measurement, one after the other, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    "bench.training",
    "bench.augmentation",
    "bench.streaming",
    "bench.mapped_data",
    "bench.mapped_speed",
    "bench.preparing_pictures",
    "bench.live",
    "bench.servers",
    "bench.large_lists",
    "bench.twenty_runs",
    "bench.accuracy",
    "bench.accuracy.transfer",
)


def main() -> None:
    for bench in BENCHES:
        print(f"== {bench}", flush=True)
        subprocess.run([sys.executable, "-m", bench], check=True)


if __name__ == "__main__":
    main()
