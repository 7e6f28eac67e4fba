"""Loading networks from checkpoints, only done here, and the digest of their weights. Needs Keras."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from trainer.checkpoints.checkpoint_files import MODEL_FILE, verify
from trainer.checkpoints.model_check import check_files


def load_model(folder: Path) -> keras.Model:
    """Load the network of a checkpoint that Trainyard wrote, for inference.

    The files are verified first and loaded only if Trainyard could have written them, because Keras does not check
    that reliably. Raises :class:`trainer.errors.CheckpointDamaged` otherwise.
    """
    verify(folder)
    check_files(folder)
    model: keras.Model = keras.saving.load_model(folder / MODEL_FILE, compile=False, safe_mode=True)
    return model


def weights_digest(model: keras.Model) -> str:
    """SHA-256 over all weights of ``model``: name, shape, dtype and bytes of each, in order."""
    return digest_of((weight.path, np.asarray(weight.value)) for weight in model.weights)


def digest_of(weights: Iterable[tuple[str, np.ndarray]]) -> str:
    """SHA-256 over named arrays, in order: name, shape, dtype and bytes of each."""
    digest = hashlib.sha256()
    for name, value in weights:
        digest.update(f"{name} {value.shape} {value.dtype.str}\n".encode())
        digest.update(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
