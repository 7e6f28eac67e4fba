"""Removing checkpoints that the spec's rule no longer keeps; used by the command line, where no site decides."""

from __future__ import annotations

import math
from pathlib import Path

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.retention import Entry, Rule, to_drop
from trainer.spec import Spec
from trainer.spec.metrics import Direction


def prune(parent: Path, spec: Spec, judged_by: tuple[str, Direction]) -> None:
    """Remove the checkpoints below ``parent`` that the spec does not keep; the best are chosen by ``judged_by``."""
    metric, mode = judged_by
    entries = [_entry(folder, metric) for folder in checkpoint_files.named(parent)]
    for name in to_drop(entries, Rule.of(spec.checkpoints, mode)):
        checkpoint_files.remove(parent / name)


def _entry(folder: Path, metric: str) -> Entry:
    manifest = checkpoint_files.read_manifest(folder)
    return Entry(folder.name, manifest.epoch, manifest.step, value=float(manifest.metrics.get(metric, math.nan)))
