"""Arrays in a .npz: what is accepted, and what is refused before it takes memory or runs code."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.data.own.made import damage, in_folder, looked_at, prepared, tarred, zipped
from trainer.errors import BadData

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(40, 3)), np.arange(40) % 2
PICTURES = RANDOM.integers(0, 256, (40, 6, 5, 3)).astype(np.uint8)


def saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "data.npz", **arrays)
    return tmp_path / "data.npz"


def test_arrays_keep_their_split(tmp_path: Path) -> None:
    path = saved(tmp_path, x_test=X[30:], y_test=Y[30:], x_train=X[:25], y_train=Y[:25], x_val=X[25:30], y_val=Y[25:30])
    inputs, targets, understood = prepared(path, tmp_path / "datasets")
    assert (understood.num_validation, understood.num_test, understood.num_examples) == (5, 10, 40)
    assert np.allclose(inputs, X)
    assert (targets == Y).all()


@pytest.mark.parametrize("shape", [(40, 6, 5, 3), (40, 6, 5, 1), (40, 6, 5)])
def test_pictures_are_known_by_their_shape(shape: tuple[int, ...], tmp_path: Path) -> None:
    pictures = PICTURES.reshape(40, 6, 5, 3)[..., : shape[3] if len(shape) == 4 else 1].reshape(shape)
    understood = looked_at(saved(tmp_path, x=pictures, y=Y))
    assert (understood.kind, understood.input_shape) == ("image", (6, 5, shape[3] if len(shape) == 4 else 1))


@pytest.mark.parametrize(
    ("targets", "task"),
    [
        (Y, "classification"),
        (np.array(["no", "yes"])[Y], "classification"),
        (np.eye(2)[Y], "classification"),
        (Y[:, np.newaxis], "classification"),
        (Y + 0.5, "regression"),
    ],
)
def test_targets_are_classes_or_numbers(targets: np.ndarray, task: str, tmp_path: Path) -> None:
    assert looked_at(saved(tmp_path, x=X, y=targets)).task == task


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": X, "b": Y}, "has the arrays a, b; accepted: x_train"),
        ({"x": X, "y": Y[:-1]}, "40 inputs and 39 targets"),
        ({"x": X[:, 0], "y": Y}, "have the shape \\(40,\\)"),
        ({"x": X.astype(str), "y": Y}, "accepted: numbers"),
        ({"x": np.where(X > 1, np.nan, X), "y": Y}, "NaN or infinite"),
        ({"x": X, "y": np.zeros(40, int)}, "1 class found"),
        ({"x_train": X, "y_train": Y, "x_test": X[:, :2], "y_test": Y}, "accepted: one shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=sentence):
        looked_at(saved(tmp_path, **arrays))


@pytest.mark.parametrize("names", [("x", "y"), ("inputs", "targets"), ("x_train", "y_train")])
@pytest.mark.parametrize("form", ["zip", "folder", "tar"])
def test_a_pair_of_npy_files_is_read_as_an_npz(names: tuple[str, str], form: str, tmp_path: Path) -> None:
    files = {"data/readme.txt": b"x"}
    for name, array in zip(names, (X, Y), strict=True):
        file = io.BytesIO()
        np.save(file, array)
        files[f"data/{name}.npy"] = file.getvalue()
    pack = {"zip": zipped, "tar": tarred, "folder": in_folder}[form]
    path = pack(tmp_path / {"zip": "data.zip", "tar": "data.tar.gz", "folder": "data"}[form], files)
    inputs, targets, understood = prepared(path, tmp_path / "datasets")
    assert (understood.source, np.allclose(inputs, X), targets.tolist()) == ("arrays", True, Y.tolist())


def test_classes_of_arrays_get_the_order_that_was_chosen(tmp_path: Path) -> None:
    path = saved(tmp_path, x=X, y=np.array(["no", "yes"])[Y])
    _, targets, understood = prepared(path, tmp_path / "datasets", classes=["yes"])
    assert (understood.class_names, targets.tolist()) == (("yes", "no"), (1 - Y).tolist())


class Harmful:
    """Would create a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_python_objects_are_never_opened(tmp_path: Path) -> None:
    path = saved(tmp_path, x=np.array([Harmful(tmp_path / "harm")] * 40, dtype=object), y=Y)
    with pytest.raises(BadData, match="holds Python objects"):
        looked_at(path)
    assert not (tmp_path / "harm").exists()


def test_a_shape_that_was_made_up_takes_no_memory(tmp_path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 8), }"
    array = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117) + b"\n" + bytes(80)
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", array)
        archive.writestr("y.npy", array)
    with pytest.raises(BadData, match="is shorter than its shape"):
        looked_at(tmp_path / "data.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"\x93NUMPY", bytes(500)])
def test_what_is_no_archive_of_arrays_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(BadData, match="cannot be read as arrays"):
        looked_at(tmp_path / "data.npz")


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        (X[:0], Y[:0], "There are no examples."),
        (X * 1e300, Y, "NaN or infinite"),
        (X, (Y + 0.5) * 1e300, "no finite numbers"),
    ],
)
def test_what_is_no_number_of_32_bits_is_refused(x: np.ndarray, y: np.ndarray, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=sentence):
        looked_at(saved(tmp_path, x=x, y=y))


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "data.npz", x=X, y=Y)
    damage(tmp_path / "data.npz")
    with pytest.raises(BadData, match="is no array"):
        looked_at(tmp_path / "data.npz")
