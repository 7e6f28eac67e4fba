"""Removing checkpoints that the spec's rule no longer keeps, where nobody else decides: the command line."""

from __future__ import annotations

import math
from pathlib import Path

from trainer import checkpoints
from trainer.checkpoints import Manifest
from trainer.data.catalog import facts_of
from trainer.examples import metric_for
from trainer.retention import Entry, to_drop
from trainer.spec import Spec


def prune(parent: Path, spec: Spec) -> None:
    """Keep the latest ``keep_last`` checkpoints below ``parent`` and the best; remove the others."""
    manifests = {folder.name: checkpoints.read_manifest(folder) for folder in checkpoints.named(parent)}
    entries = [Entry(name, manifest.epoch, manifest.step) for name, manifest in manifests.items()]
    for name in to_drop(entries, spec.checkpoints.keep_last, _best(manifests, spec), keep=()):
        checkpoints.remove(parent / name)


def _best(manifests: dict[str, Manifest], spec: Spec) -> str | None:
    metric, mode = metric_for(facts_of(spec.dataset.name))
    values = {name: float(manifest.metrics.get(metric, math.nan)) for name, manifest in manifests.items()}
    finite = {name: value for name, value in values.items() if math.isfinite(value)}
    if not finite:
        return None
    return (max if mode == "max" else min)(finite, key=lambda name: finite[name])
