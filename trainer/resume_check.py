"""The self-check of exact resume: four epochs at a stretch against two, a new process, and two more."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trainer import checkpoints
from trainer.events import EpochEnded, parse_line
from trainer.spec import Spec

EPOCHS, HALF = 4, 2
Report = Callable[[float, str], None]


class CheckFailed(Exception):
    """One of the trainings of the check did not end as it should; the message is its last line."""


def check_resume(spec: Spec, out: Path, datasets: Path, report: Report) -> dict[str, Any]:
    """Train ``spec`` for four epochs in one process, and in two processes with a resume between them.

    Returns ``{"exact": bool, "digests": [whole, resumed], "metrics_differ_at": [epochs]}``. Raises
    :class:`CheckFailed` when a training fails for a reason of its own.
    """
    steps = (("whole", EPOCHS, False), ("parts", HALF, False), ("parts", EPOCHS, True))
    for number, (name, epochs, resume) in enumerate(steps):
        report(number / len(steps), f"Training {name} to epoch {epochs}")
        _train(_shortened(spec, epochs), out / name, datasets, resume=resume)
    return _verdict(out / "whole", out / "parts")


def _shortened(spec: Spec, epochs: int) -> dict[str, Any]:
    values: dict[str, Any] = spec.to_json()
    values["fit"] = values["fit"] | {"epochs": epochs}
    values["checkpoints"] = values["checkpoints"] | {"every_epochs": 1, "keep_last": EPOCHS}
    return values


def _train(values: dict[str, Any], out: Path, datasets: Path, *, resume: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path = out / "asked.json"
    path.write_text(json.dumps(values))
    command = [sys.executable, "-m", "trainer", "fit", str(path), "--out", str(out), "--datasets", str(datasets)]
    done = subprocess.run(command + ["--resume"] * resume, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise CheckFailed(lines[-1] if lines else f"the trainer ended with {done.returncode}")


def _verdict(whole: Path, parts: Path) -> dict[str, Any]:
    digests = [checkpoints.verify(_last(folder)).digest for folder in (whole, parts)]
    metrics = [_metrics(folder) for folder in (whole, parts)]
    epochs = sorted(metrics[0].keys() | metrics[1].keys())
    differing = [epoch for epoch in epochs if metrics[0].get(epoch) != metrics[1].get(epoch)]
    return {"exact": digests[0] == digests[1] and not differing, "digests": digests, "metrics_differ_at": differing}


def _last(folder: Path) -> Path:
    return checkpoints.named(folder / "checkpoints")[0]


def _metrics(folder: Path) -> dict[int, str]:
    """Metrics of each epoch as text, so that NaN equals NaN."""
    events = map(parse_line, (folder / "events.jsonl").read_text().splitlines())
    return {event.epoch: repr(event.metrics) for event in events if isinstance(event, EpochEnded)}
