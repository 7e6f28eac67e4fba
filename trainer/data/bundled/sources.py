"""Reading the datasets that Trainyard brings: with scikit-learn, or in the formats of those that are downloaded."""

from __future__ import annotations

import gzip
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn import datasets as bundled

from trainer.data.bundled.downloads import FILES, DataUnavailable, Report, fetch
from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message

Arrays = tuple[np.ndarray, np.ndarray]


def read(facts: DatasetFacts, folder: Path, report: Report) -> Arrays:
    """Return the inputs and targets of a dataset of the catalog, keeping downloads in ``folder``.

    ``report(fraction, message)`` receives progress. Raises :class:`DataUnavailable` when the data cannot be downloaded
    or does not match the catalog.
    """
    if facts.bundled:
        inputs, targets = _BUNDLED[facts.name]()
    else:
        inputs, targets = _PARSERS[facts.name](fetch(facts.name, FILES[facts.name], folder, report))
    inputs, targets = _in_our_types(inputs, targets, facts)
    _compare(inputs, targets, facts)
    return inputs, targets


def _in_our_types(inputs: np.ndarray, targets: np.ndarray, facts: DatasetFacts) -> Arrays:
    if inputs.dtype != np.uint8:
        inputs = inputs.astype(np.float32)
    inputs = inputs.reshape(-1, *facts.input_shape)
    return inputs, targets.reshape(-1).astype(np.int32 if facts.task == "classification" else np.float32)


def _compare(inputs: np.ndarray, targets: np.ndarray, facts: DatasetFacts) -> None:
    if inputs.shape != (facts.num_examples, *facts.input_shape) or len(targets) != facts.num_examples:
        raise DataUnavailable(
            Message(
                "{title} has {found} examples of shape {shape}, where {expected} of shape {expected_shape} were "
                "expected. Install the versions named in requirements.txt.",
                title=facts.shown_title,
                found=len(targets),
                shape=str(inputs.shape[1:]),
                expected=facts.num_examples,
                expected_shape=str(facts.input_shape),
            )
        )


def _sklearn(read: Callable[..., Arrays], **options: bool) -> Callable[[], Arrays]:
    return lambda: read(return_X_y=True, **options)


_BUNDLED: dict[str, Callable[[], Arrays]] = {
    "digits": _sklearn(bundled.load_digits),
    "breast-cancer": _sklearn(bundled.load_breast_cancer),
    "wine": _sklearn(bundled.load_wine),
    "iris": _sklearn(bundled.load_iris),
    # In the patients' own units: the scaled variant was scaled with examples that should be unseen.
    "diabetes": _sklearn(bundled.load_diabetes, scaled=False),
}


def read_mnist(paths: list[Path]) -> Arrays:
    """Read ``mnist.npz``: training examples first, the official test split after them."""
    with np.load(paths[0], allow_pickle=False) as file:
        inputs = np.concatenate([file["x_train"], file["x_test"]])
        return inputs, np.concatenate([file["y_train"], file["y_test"]])


def read_idx(paths: list[Path]) -> Arrays:
    """Read Fashion-MNIST's four gzipped IDX files: train images, train labels, test images, test labels."""
    raw = [gzip.decompress(path.read_bytes()) for path in paths]
    inputs = b"".join(np.frombuffer(raw[index], np.uint8, offset=16).tobytes() for index in (0, 2))
    targets = [np.frombuffer(raw[index], np.uint8, offset=8) for index in (1, 3)]
    return np.frombuffer(inputs, np.uint8), np.concatenate(targets)


def read_cifar(paths: list[Path], batches: tuple[str, ...], label_key: bytes) -> Arrays:
    """Read the named pickles from a CIFAR archive.

    Unpickling can run arbitrary code, so the SHA-256 of the archive has been verified before.
    """
    inputs, targets = [], []
    with tarfile.open(paths[0]) as archive:
        for batch in batches:
            member = archive.extractfile(batch)
            if member is None:
                raise DataUnavailable(
                    Message(
                        "{file} has no {part}. Delete {path} so that it is fetched again.",
                        file=paths[0].name,
                        part=batch,
                        path=str(paths[0]),
                    )
                )
            content = pickle.load(member, encoding="bytes")  # noqa: S301  its content is known by digest
            inputs.append(np.asarray(content[b"data"], np.uint8).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
            targets.append(np.asarray(content[label_key]))
    return np.concatenate(inputs), np.concatenate(targets)


def read_housing(paths: list[Path]) -> Arrays:
    """Read ``california_housing.npz``."""
    with np.load(paths[0], allow_pickle=False) as file:
        return file["x"], file["y"]


_CIFAR10_BATCHES = tuple(
    f"cifar-10-batches-py/{batch}" for batch in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
)
_CIFAR100_BATCHES = ("cifar-100-python/train", "cifar-100-python/test")

_PARSERS: dict[str, Callable[[list[Path]], Arrays]] = {
    "mnist": read_mnist,
    "fashion-mnist": read_idx,
    "cifar10": lambda paths: read_cifar(paths, _CIFAR10_BATCHES, b"labels"),
    "cifar100": lambda paths: read_cifar(paths, _CIFAR100_BATCHES, b"fine_labels"),
    "california-housing": read_housing,
}
