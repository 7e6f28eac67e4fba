"""Trainings that are killed with -9 and go on, compared with the same trainings left alone."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from trainer.checkpoints import checkpoint_files
from trainer.events.events import EpochEnded, StepLosses, parse_line
from trainer.events.fault_points import VARIABLE

Values = dict[str, Any]


def fit(
    values: Values, out: Path, *options: str, crash_at: str = "", beside: Path | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a training of the spec ``values`` into ``out``, with its output in ``out/output.txt``.

    The output and the spec lie in another folder ``beside`` it where the disk of ``out`` takes nothing.
    """
    beside = beside or out
    beside.mkdir(parents=True, exist_ok=True)
    path = beside / "asked.json"
    path.write_text(json.dumps(values))
    with (beside / "output.txt").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "trainer", "fit", str(path), "--out", str(out), *options],
            stdout=output,
            stderr=output,
            env=os.environ | {VARIABLE: crash_at} | environment,
        )


def outcome(out: Path, epochs: int) -> tuple[str, dict[int, str]]:
    """The digest of the last checkpoint, and the metrics of every epoch as they stand in the end."""
    last = out / "checkpoints" / f"cp-{epochs:04d}"
    return checkpoint_files.verify(last).digest, metrics(out)


def metrics(out: Path) -> dict[int, str]:
    """Metrics and the losses of all steps by epoch; of an epoch that was trained twice, both must be the same."""
    found: dict[int, str] = {}
    losses: dict[int, str] = {}
    for line in (out / "events.jsonl").read_text().splitlines():
        event = parse_line(line)
        if isinstance(event, EpochEnded):
            assert found.setdefault(event.epoch, repr(event.metrics)) == repr(event.metrics), f"epoch {event.epoch}"
        elif isinstance(event, StepLosses):
            assert losses.setdefault(event.epoch, event.losses) == event.losses, f"steps of epoch {event.epoch}"
    return {epoch: f"{values} {losses[epoch]}" for epoch, values in found.items()}


def reference(values: Values, out: Path) -> tuple[str, dict[int, str]]:
    """The outcome of the training that nobody disturbs."""
    process = fit(values, out)
    assert process.wait() == 0, (out / "output.txt").read_text()[-2000:]
    return outcome(out, values["fit"]["epochs"])


def kill_at_random(values: Values, out: Path, kills: int, chance: random.Random) -> tuple[str, dict[int, str]]:
    """Kill the training ``kills`` times at random instants after it has begun, then let it end."""
    for _ in range(kills):
        process = fit(values, out, "--resume")
        _wait_for_an_epoch(out, process)
        time.sleep(chance.random() * 0.5)
        process.kill()
        process.wait()
    assert fit(values, out, "--resume").wait() == 0, (out / "output.txt").read_text()[-2000:]
    return outcome(out, values["fit"]["epochs"])


def _wait_for_an_epoch(out: Path, process: subprocess.Popen[bytes]) -> None:
    """Until this process has written its first epoch, or has ended."""
    path = out / "events.jsonl"
    before = path.stat().st_size if path.exists() else 0
    while process.poll() is None:
        if path.exists() and b'"kind":"epoch"' in path.read_bytes()[before:]:
            return
        time.sleep(0.005)
