"""Two and two epochs against four: what every way of computing a training is held to.

As a program, ``python -m tests.trainer.resuming SPECS FOLDER`` does so in a process of its own for each spec of a JSON
object, with the engine that KERAS_BACKEND names, and prints what was wrong with each: "" for nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

Values = dict[str, Any]


def assert_exact(values: Values, folder: Path) -> None:
    """Resumed after two of four epochs, a run has the metrics, losses of steps and weights of one never stopped."""
    # Loads Keras, which the parent of the program must not need.
    from tests.trainer.training.test_session import StopAfter, digest, measured, spec_of, train

    whole = measured(train(spec_of(values, epochs=4), folder / "whole"))
    bell = StopAfter(2)
    train(spec_of(values, epochs=4), folder / "first", bell=bell, stop=bell.stop)
    start = folder / "first" / "checkpoints" / "cp-0002"
    rest = measured(train(spec_of(values, epochs=4), folder / "rest", resume_from=start))
    assert rest == {epoch: whole[epoch] for epoch in (3, 4)}
    assert digest(folder / "rest", "cp-0004") == digest(folder / "whole", "cp-0004")


def verdicts(specs: dict[str, Values], folder: Path, **environment: str) -> dict[str, str]:
    """What is wrong with each spec, found in one other process with this environment."""
    path = folder / "specs.json"
    path.write_text(json.dumps(specs))
    command = [sys.executable, "-m", "tests.trainer.resuming", str(path), str(folder)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _verdict(values: Values, folder: Path) -> str:
    try:
        assert_exact(values, folder)
    except Exception as error:  # noqa: BLE001 - the parent is told
        return f"{type(error).__name__}: {error}"[:500]
    return ""


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps({name: _verdict(values, Path(sys.argv[2]) / name) for name, values in asked.items()}))
