"""The state of a training: copied to host memory, written to disk in the background, restored.

Weights go into ``model.keras``. What that file leaves out goes into ``state.npz``: the optimiser with its
slots, every seed generator (dropout), and inside an epoch the accumulated metrics and the losses of its steps. Where
weights are averaged, ``model.keras`` has the average, and ``state.npz`` the weights themselves in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from trainer.checkpoints.checkpoint_files import MODEL_FILE, STATE_FILE, read_manifest
from trainer.checkpoints.loading import digest_of, weights_digest
from trainer.checkpoints.model_file import ModelFile
from trainer.checkpoints.weight_average import averages_of, exchange
from trainer.errors import CheckpointDamaged
from trainer.messages.message import Message

Arrays = dict[str, np.ndarray]
LOSSES = "losses/0"


@dataclass(frozen=True)
class Snapshot:
    """Copies of all values of a training at one moment: ``weights`` by path, ``rest`` by its key in ``state.npz``."""

    weights: Arrays
    rest: Arrays

    @property
    def num_bytes(self) -> int:
        return sum(array.nbytes for arrays in (self.weights, self.rest) for array in arrays.values())

    @property
    def digest(self) -> str:
        """SHA-256 over all weights, the same as :func:`trainer.checkpoints.loading.weights_digest`."""
        return digest_of(self.weights.items())


class TrainingState:
    """Copies and restores everything that ``model`` carries from one step to the next.

    ``losses`` are those of the steps taken in this epoch: float32, one array per call.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.losses: list[np.ndarray] = []
        # The same layers without compile arguments: its file has no optimiser and is what people download.
        self.inference = keras.Model(model.input, model.output, name=model.name)
        self._averages = averages_of(model)

    def _groups(self) -> dict[str, list[keras.Variable]]:
        weights = {id(weight) for weight in self.model.weights}
        generators = [variable for variable in self.model.variables if id(variable) not in weights]
        return {
            "optimizer": list(self.model.optimizer.variables),
            "seeds": generators,
            "metrics": list(self.model.metrics_variables),
        }

    def copy(self) -> Snapshot:
        """Copy all values to host memory; training may continue as soon as this returns."""
        rest = {
            f"{group}/{index}": value
            for group, variables in self._groups().items()
            for index, value in enumerate(values_of(variables))
        }
        if self.losses:
            rest[LOSSES] = np.concatenate(self.losses)
        of_model = self.model.weights
        weights = {weight.path: value for weight, value in zip(of_model, values_of(of_model), strict=True)}
        for path, key in self._places_of_averages():
            weights[path], rest[key] = rest[key], weights[path]
        return Snapshot(weights, rest)

    def _places_of_averages(self) -> Iterator[tuple[str, str]]:
        """The path of each averaged weight, and the key of its average among the rest."""
        keys = {id(variable): f"optimizer/{index}" for index, variable in enumerate(self.model.optimizer.variables)}
        for weight, average in self._averages:
            yield weight.path, keys[id(average)]

    def restore(self, folder: Path) -> None:
        """Restore weights and state from a verified checkpoint.

        Raises :class:`CheckpointDamaged` when it belongs to another network or optimiser.
        """
        self.restore_weights(folder)
        with np.load(folder / STATE_FILE, allow_pickle=False) as arrays:
            for group, variables in self._groups().items():
                _assign(folder, arrays, group, variables)
            exchange(self._averages)
            # Checkpoints of older releases have none.
            self.losses = [arrays[LOSSES]] if LOSSES in arrays else []

    def restore_weights(self, folder: Path) -> None:
        """Restore the weights only, as for a branch.

        Keras skips weights that it cannot place with only a warning, so the digest is compared afterwards. Raises
        :class:`CheckpointDamaged` when they do not fit this network.
        """
        expected = read_manifest(folder).digest
        try:
            self.inference.load_weights(folder / MODEL_FILE)
        except (ValueError, KeyError) as error:
            reason = str(error).strip().splitlines()[0]
            damage = Message(
                "The weights of {checkpoint} do not fit this network: {reason}", checkpoint=folder.name, reason=reason
            )
            raise CheckpointDamaged(damage) from None
        if weights_digest(self.model) != expected:
            raise CheckpointDamaged(
                Message(
                    "The weights of {checkpoint} do not fit this network: it has other layers.", checkpoint=folder.name
                )
            )


def values_of(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    """The current values, in host memory; later assignments to the variables do not change them.

    Values that are in host memory already are not copied. JAX's arrays are immutable; in TensorFlow it is the raw
    operation that guarantees not to show later writes, and calling it directly takes a quarter of the time.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        read = tf.raw_ops.ReadVariableOp
        return [read(resource=variable.value.handle, dtype=variable.value.dtype).numpy() for variable in variables]
    return [np.asarray(variable.value) for variable in variables]


class SnapshotFiles:
    """Writes snapshots as files, through a copy of the network that training does not use."""

    def __init__(self, inference: keras.Model) -> None:
        with keras.device("cpu:0"):
            self._model_file = ModelFile(keras.models.clone_model(inference))

    def write(self, snapshot: Snapshot, folder: Path) -> None:
        """Write ``model.keras`` and ``state.npz`` into ``folder``."""
        self._model_file.write(folder / MODEL_FILE, snapshot.weights.values())
        with (folder / STATE_FILE).open("wb") as file:
            np.savez(file, allow_pickle=False, **snapshot.rest)


def _assign(folder: Path, arrays: np.lib.npyio.NpzFile, group: str, variables: Iterable[keras.Variable]) -> None:
    variables = list(variables)
    expected = [f"{group}/{index}" for index in range(len(variables))]
    stored = [name for name in arrays.files if name.startswith(f"{group}/")]
    if len(stored) != len(expected):
        raise CheckpointDamaged(
            Message(
                "{checkpoint} has {count} value for the {group}, this spec needs {expected}: "
                "network, optimiser or metrics differ from those of the checkpoint.",
                plural="{checkpoint} has {count} values for the {group}, this spec needs {expected}: "
                "network, optimiser or metrics differ from those of the checkpoint.",
                checkpoint=folder.name,
                count=len(stored),
                group=group,
                expected=len(expected),
            )
        )
    for name, variable in zip(expected, variables, strict=True):
        value = arrays[name]
        if value.shape != tuple(variable.shape):
            raise CheckpointDamaged(
                Message(
                    "{checkpoint}: {name} has shape {shape}, expected {expected}.",
                    checkpoint=folder.name,
                    name=name,
                    shape=str(value.shape),
                    expected=str(tuple(variable.shape)),
                )
            )
        variable.assign(value)
