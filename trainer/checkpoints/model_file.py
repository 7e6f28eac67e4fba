"""Writes ``model.keras`` files of one network repeatedly, in a tenth of the time that Keras takes.

Keras serialises the whole network at each save: 10 to 20 ms of Python for a small one, during which a training that
needs the interpreter waits. Between checkpoints only the values of the weights differ. So Keras writes the file once,
with known values, and each later file is a copy of it with those values replaced.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from trainer.messages.message import Message

WEIGHTS, METADATA, CONFIG = "model.weights.h5", "metadata.json", "config.json"


class ModelFile:
    """The file of ``network``, whose weights are overwritten in the process.

    Raises ``ValueError`` when the values of a weight cannot be located in the file that Keras wrote.
    """

    def __init__(self, network: keras.Model) -> None:
        for number, weight in enumerate(network.weights, start=1):
            weight.assign(np.full(weight.shape, number, weight.dtype))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            network.save(path)
            with zipfile.ZipFile(path) as archive:
                self._config, metadata = archive.read(CONFIG), archive.read(METADATA)
                self._content = bytearray(archive.read(WEIGHTS))
        self._metadata = json.loads(metadata)
        self._bytes = np.frombuffer(self._content, np.uint8)
        self._places = _places(self._content, network.weights)

    def write(self, path: Path, values: Iterable[np.ndarray]) -> None:
        """Write the network with ``values`` for its weights, in their order."""
        for place, value in zip(self._places, values, strict=True):
            self._bytes[place] = np.ascontiguousarray(value).reshape(-1).view(np.uint8)
        with zipfile.ZipFile(path, "w") as archive:
            saved = {"date_saved": time.strftime("%Y-%m-%d@%H:%M:%S")}
            archive.writestr(METADATA, json.dumps(self._metadata | saved))
            archive.writestr(CONFIG, self._config)
            archive.writestr(WEIGHTS, self._content)


def _places(content: bytearray, weights: list[keras.Variable]) -> list[slice]:
    """Where in an HDF5 file the values of each weight are; weight n, from 1, is filled with the value n."""
    found: dict[int, slice] = {}

    def visit(name: str, item: Any) -> None:
        values = item[()] if isinstance(item, h5py.Dataset) else np.empty(0)
        number = int(values.flat[0]) if values.size else 0
        if not 0 < number <= len(weights) or not (values == number).all():
            return
        weight, offset = weights[number - 1], item.id.get_offset()
        if offset is not None and (values.shape, values.dtype) == (tuple(weight.shape), np.dtype(weight.dtype)):
            found[number] = slice(offset, offset + values.nbytes)

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(visit)
    missing = [weight.path for number, weight in enumerate(weights, start=1) if number not in found]
    if missing:
        raise ValueError(Message("Keras saved {weight} in a form that cannot be overwritten.", weight=missing[0]))
    return [found[number] for number in sorted(found)]
