"""The API against its OpenAPI document: thousands of requests as an admin and as a member, on both databases.

``python -m tests.soak.api_contract --examples 50`` takes an hour or two and ends with 1 when a promise is broken. The
seed is fixed, so that a failure can be repeated; ``--seed`` gives other requests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

TESTS = "tests/web/api/test_contract.py"
DATABASES = ("sqlite", "postgresql")


def holds_on(database: str, examples: int, seed: int) -> bool:
    environment = os.environ | {"SOAK": "1", "TEST_DATABASE": database, "EXAMPLES": str(examples), "SEED": str(seed)}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--timeout=14400", TESTS]
    return subprocess.run(command, env=environment).returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="of each operation in each phase")
    parser.add_argument("--seed", type=int, default=4242)
    options = parser.parse_args()
    held = [holds_on(database, options.examples, options.seed) for database in DATABASES]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
