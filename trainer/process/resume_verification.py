"""Verifying exact resume: four uninterrupted epochs against two, a kill, and two more in a new process."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from trainer.checkpoints import checkpoint_files
from trainer.data.source import DataSource, Report
from trainer.events.events import AnyEvent, EpochEnded, Failed, Started, StepLosses, parse_line
from trainer.events.failures import TrainingFailed
from trainer.messages.message import Message
from trainer.spec import Spec

EPOCHS, HALF = 4, 2
LOSSES_OF_STEPS = "loss of each step"
EARLY_LOG = "start.log"  # output of a trainer before it opens its own log


class VerificationFailed(TrainingFailed):
    """One of the trainings of the check failed; the message is that of the training."""


def verify_resume(spec: Spec, out: Path, source: DataSource, report: Report) -> dict[str, Any]:
    """Train ``spec`` for four epochs in one process, and again with a kill after two epochs and a resume in another.

    Returns ``{"exact": bool, "digests": [whole, resumed], "metrics_differ_at": [epochs], "metrics": [names]}`` with
    the host, the device and the versions. Raises :class:`VerificationFailed` when one of the trainings fails. The
    processes die with this one.
    """
    values = _shortened(spec)
    report(0.0, Message("Training {epochs} epochs without interruption", epochs=EPOCHS))
    _train(values, out / "whole", source)
    report(0.4, Message("Training {epochs} epochs, then killing the trainer", epochs=HALF))
    _train(values, out / "first", source, kill_at=HALF)
    report(0.7, Message("Resuming from epoch {half} to {epochs} in a new process", half=HALF, epochs=EPOCHS))
    _train(values, out / "rest", source, resume_from=out / "first" / "checkpoints" / f"cp-{HALF:04d}")
    return _outcome(out)


def _shortened(spec: Spec) -> dict[str, Any]:
    """Few epochs, each with a checkpoint. Early stopping counts as usual, but neither it nor any rule ends training.

    A warm-up is shortened so that something is left after it.
    """
    values: dict[str, Any] = spec.to_json()
    values["fit"] = values["fit"] | {"epochs": EPOCHS, "stop_at": None, "max_minutes": None}
    if rule := values["fit"]["early_stopping"]:
        values["fit"]["early_stopping"] = rule | {"patience": max(EPOCHS + 1, rule["patience"])}
    schedule = values["schedule"]
    values["schedule"] = schedule | {"warmup_epochs": min(schedule["warmup_epochs"], EPOCHS / 2)}
    values["checkpoints"] = values["checkpoints"] | {"every_epochs": 1, "keep_last": EPOCHS}
    return values


def _train(
    values: dict[str, Any], out: Path, source: DataSource, *, resume_from: Path | None = None, kill_at: int = 0
) -> None:
    """Train in a separate process, as a worker does; it is killed once the checkpoint of epoch ``kill_at`` exists."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    request = {"do": "fit", "spec": values, "out": str(out), "datasets": str(source.datasets)}
    if source.folder:
        request |= {"data": str(source.folder)}
    if resume_from:
        request |= {"resume_from": str(resume_from)}
    command = [sys.executable, "-m", "trainer", "serve"]
    with (
        (out / EARLY_LOG).open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        for _ in process.stdout:  # one byte per event
            if kill_at and (out / "checkpoints" / f"cp-{kill_at:04d}").exists():
                process.kill()
                return
        code = process.wait()
    if code:
        raise VerificationFailed(_failure(out, code))


def _failure(out: Path, code: int) -> Failed:
    """The training's own failure, else its exit code; its log is copied to that of the check."""
    for log in (out / EARLY_LOG, out / "trainer.log"):
        if log.exists():
            sys.stderr.write(log.read_text(errors="replace"))
    last = _events(out)[-1:]
    if last and isinstance(last[0], Failed):
        return last[0]
    return Failed(cause="error", error=Message("A training of the check ended with exit code {code}.", code=code))


def _outcome(out: Path) -> dict[str, Any]:
    last = f"cp-{EPOCHS:04d}"
    digests = [checkpoint_files.verify(out / name / "checkpoints" / last).digest for name in ("whole", "rest")]
    whole = _metrics(out / "whole")
    parts = {epoch: values for epoch, values in _metrics(out / "first").items() if epoch <= HALF}
    parts |= _metrics(out / "rest")
    epochs = sorted(whole.keys() | parts.keys())
    differing = [epoch for epoch in epochs if repr(whole.get(epoch)) != repr(parts.get(epoch))]
    names = sorted({name for epoch in differing for name in _differing(whole.get(epoch, {}), parts.get(epoch, {}))})
    exact = digests[0] == digests[1] and not differing
    outcome = {"exact": exact, "digests": digests, "metrics_differ_at": differing, "metrics": names}
    return outcome | _where(out / "rest")


def _differing(a: dict[str, Any], b: dict[str, Any]) -> set[str]:
    """Names of the metrics that differ; compared as text, so that NaN equals NaN."""
    return {name for name in a.keys() | b.keys() if repr(a.get(name)) != repr(b.get(name))}


def _where(folder: Path) -> dict[str, Any]:
    started = next(event for event in _events(folder) if isinstance(event, Started))
    return {"host": platform.node(), "device": started.device, "versions": started.versions}


def _metrics(folder: Path) -> dict[int, dict[str, Any]]:
    """The measurements of each epoch: its metrics, and the losses of its steps as encoded in the event."""
    found: dict[int, dict[str, Any]] = {}
    for event in _events(folder):
        if isinstance(event, EpochEnded):
            found.setdefault(event.epoch, {}).update(event.metrics)
        elif isinstance(event, StepLosses):
            found.setdefault(event.epoch, {})[LOSSES_OF_STEPS] = event.losses
    return found


def _events(folder: Path) -> list[AnyEvent]:
    """All whole events; a kill may have left half a line at the end."""
    path = folder / "events.jsonl"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [parse_line(line) for line in lines]
