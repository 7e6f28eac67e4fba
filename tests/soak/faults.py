"""The fault tests again and again, with the variants that ``make test`` has no time for, on both databases.

``python -m tests.soak.faults --rounds 3`` ends with 1 when a round fails. Many rounds find what happens seldom.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

DATABASES = ("sqlite", "postgresql")


def round_on(database: str) -> bool:
    """Run all of it once; whether it held."""
    environment = os.environ | {"SOAK": "1", "TEST_DATABASE": database}
    command = [sys.executable, "-m", "pytest", "-q", "tests/work", "--ignore=tests/work/product/test_up.py"]
    # What is the same on every database, trainers for example, is met once a round.
    command += ["tests/trainer"] if database == "sqlite" else ["-m", "not one_database"]
    return subprocess.run(command, env=environment).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    held = [round_on(database) for _ in range(rounds) for database in DATABASES]
    print(f"{sum(held)} of {len(held)} rounds held")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
