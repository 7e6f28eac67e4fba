"""A broker that is there and says nothing, and one that comes back again and again: every worker hears again.

``python -m tests.soak.broker --seconds 90 --restarts 20`` takes some minutes and ends with 1 when a worker stays deaf.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

TESTS = "tests/soak/test_broker.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=90, help="how long the connection is dead")
    parser.add_argument("--restarts", type=int, default=20, help="of Redis")
    options = parser.parse_args()
    environment = os.environ | {"SILENT_SECONDS": str(options.seconds), "RESTARTS": str(options.restarts)}
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--timeout=1800", TESTS]
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
