"""Whole checkpoints on disk for tests, written by the trainer's own writer."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.factories import make_checkpoint
from trainer.checkpoints.checkpoint_files import Manifest, write
from webapp.checkpoints.models import Checkpoint
from webapp.runs.models import Run

WEIGHTS = b"\x89HDF\r\n\x1a\n" + b"weights" * 1000


def make_checkpoint_with_files(run: Run, epoch: int = 5, **fields: Any) -> Checkpoint:
    """A checkpoint's row together with its folder in the data folder."""
    checkpoint = make_checkpoint(run, epoch, **fields)
    manifest = Manifest(epoch, 0, "d" * 64, {"loss": 0.5}, run.spec, "c" * 64)
    _, manifest = write((settings.DATA_DIR / checkpoint.key).parent, manifest, write_model)
    checkpoint.size_bytes, checkpoint.digest = manifest.size_bytes, manifest.digest
    checkpoint.save(update_fields=["size_bytes", "digest"])
    return checkpoint


def write_model(folder: Path) -> None:
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", WEIGHTS)
    (folder / "state.npz").write_bytes(b"state")
