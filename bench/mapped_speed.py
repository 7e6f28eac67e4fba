"""Speed of a training whose data does not fit into the memory that it may have. ``python -m bench.mapped_speed``

The same network is trained on a large prepared dataset and on a small one of the same shape, in turns, each in a
control group with so much memory that the pages of the small dataset stay in it and those of the large one cannot.
What is compared is the examples per second of the epochs after the first. Where no such group can be made, which needs
the rights of an administrator, neither side has a limit, and the section says so.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.report import Row, machine, write_section
from bench.setup.made_up import examples_in, make_dataset, train
from bench.setup.scratch import scratch_folder

MOST_TIMES = 1 / 0.9
ROOT = Path("/sys/fs/cgroup")
SMALL_GIGABYTES = 0.1
UNITS = (256, 256)


@contextmanager
def limited(megabytes: int) -> Iterator[Path | None]:
    """A control group with so much memory, files' pages included; ``None`` when none can be made."""
    version_1 = ROOT / "memory"
    folder = (version_1 if version_1.is_dir() else ROOT) / f"trainyard-bench-{os.getpid()}"
    try:
        folder.mkdir()
        name = "memory.limit_in_bytes" if version_1.is_dir() else "memory.max"
        (folder / name).write_text(str(megabytes << 20))
    except OSError as error:
        print(f"without a limit of memory ({error.strerror})", flush=True)
        yield None
    else:
        yield folder
    finally:
        with suppress(OSError):
            folder.rmdir()


def examples_per_second(data: Path, epochs: int, group: Path | None, placement: str) -> float:
    """The speed of the fastest epoch after the first, in which the program is compiled and pages are read."""

    def limit(process: subprocess.Popen[bytes]) -> None:
        if group is not None:
            (group / "cgroup.procs").write_text(str(process.pid))

    events = map(json.loads, train(data, limit, units=UNITS, epochs=epochs, placement=placement))
    return max(each["examples_per_second"] for each in events if each["kind"] == "epoch" and each["epoch"] > 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=3.0)
    parser.add_argument("--megabytes-of-memory", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with scratch_folder() as folder, limited(options.megabytes_of_memory) as group:
        large, small = (make_dataset(examples_in(size), folder) for size in (options.gigabytes, SMALL_GIGABYTES))
        where = f"{options.megabytes_of_memory / 1000:g} GB of memory" if group else "memory without a limit"
        for placement in ("streamed", "device"):
            pairs = [
                (examples_per_second(small, 6, group, placement), examples_per_second(large, 2, group, placement))
                for _ in range(options.repeats)
            ]
            print(placement, [f"{fits:,.0f} and {beyond:,.0f} a second" for fits, beyond in pairs], flush=True)
            name = f"{options.gigabytes:g} GB of images in {where}, {placement}: speed of data that fits ÷ its speed"
            rows.append(Row.of(name, [fits / beyond for fits, beyond in pairs], MOST_TIMES, "times"))
    write_section("Speed on data larger than memory", machine(), rows)


if __name__ == "__main__":
    main()
