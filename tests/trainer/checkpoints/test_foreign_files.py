"""Files that Trainyard did not write are refused in a sentence, by code that knows no Keras."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from trainer.checkpoints import checkpoint_files
from trainer.checkpoints.checkpoint_files import Manifest
from trainer.checkpoints.model_check import check_files
from trainer.data.bundled.catalog import facts_of
from trainer.errors import CheckpointDamaged
from trainer.system import durable_files

Json = dict[str, Any]
TENSOR = {"shape": [None, 4], "dtype": "float32", "keras_history": ["input", 0, 0]}

ELSEWHERE = {"class_name": "__keras_tensor__", "config": TENSOR | {"keras_history": ["elsewhere", 0, 0]}}


def layer(name: str, kind: str, config: Json, inputs: bool = True, module: str = "keras.layers") -> Json:
    tensors = [{"args": [{"class_name": "__keras_tensor__", "config": TENSOR}], "kwargs": {}}] if inputs else []
    about = {"module": module, "class_name": kind, "registered_name": None}
    return about | {"name": name, "config": {"name": name} | config, "inbound_nodes": tensors}


def network(*layers: Json, **more: Any) -> Json:
    first = layer("input", "InputLayer", {"batch_shape": [None, 4]}, inputs=False)
    config = {"name": "mlp", "layers": [first, *layers], "input_layers": ["input", 0, 0], "output_layers": []}
    about = {"module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional"}
    return about | {"config": config} | more


def dense(**config: Any) -> Json:
    return layer("dense", "Dense", {"units": 3, "activation": "relu"} | config)


def named_function(module: str, name: str) -> Json:
    return {"module": "builtins" if module == "keras" else module, "class_name": "function", "config": name}


def weights(fill: Callable[[h5py.File], object] = lambda file: file.create_dataset("w", data=np.zeros(15, "f4"))):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def archive(path: Path, config: Any, values: bytes | None = None, **more: bytes) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("metadata.json", "{}")
        file.writestr("config.json", config if isinstance(config, bytes) else json.dumps(config))
        file.writestr("model.weights.h5", weights() if values is None else values)
        for name, content in more.items():
            file.writestr(name, content)


def folder_with(parent: Path, config: Any, **more: Any) -> Path:
    """A checkpoint whose manifest agrees with its files, whatever is in them."""

    def write(folder: Path) -> None:
        archive(folder / "model.keras", config, **more)
        with (folder / "state.npz").open("wb") as file:
            np.savez(file, **{"optimizer/0": np.zeros(3, "f4"), "seeds/0": np.zeros((), "u4")})

    return checkpoint_files.write(parent, Manifest(5, 0, "d" * 64, {}, {}, "c" * 64), write)[0]


def forge(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    vouch(folder)


def vouch(folder: Path) -> None:
    """Have the manifest say of the files what they are now."""
    path = folder / "manifest.json"
    files = {name: durable_files.describe(folder / name) for name in ("model.keras", "state.npz")}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": files}))


def arrays(**members: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez(content, **members)
    return content.getvalue()


def compressed(config: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, value in (("config.json", config), ("model.weights.h5", weights())):
            file.writestr(name, value)
    return content.getvalue()


def external_storage(file: h5py.File) -> None:
    file.create_dataset("w", (15,), "f4", external=[("/etc/hostname", 0, 60)])


CONFIGS: dict[str, tuple[Any, str]] = {
    "Lambda": (network(layer("l", "Lambda", {"function": {"class_name": "__lambda__"}})), "which no network"),
    "TFSMLayer": (network(layer("l", "TFSMLayer", {"filepath": "/x"})), "TFSMLayer of keras.layers, which no network"),
    "TorchModuleWrapper": (network(layer("l", "TorchModuleWrapper", {"module": "gAR="})), "which no network"),
    "os.system": (network(dense(activation=named_function("os", "system"))), "function “system” of os, which no"),
    "get_file": (network(dense(activation=named_function("keras.utils", "get_file"))), "“get_file” of keras.utils"),
    "a named function": (network(dense(activation=named_function("keras", "eval"))), "function “eval” of builtins"),
    "a function's name": (network(dense(activation="keras.utils.get_file")), "has the activation 'keras.utils.get_"),
    "a module of its own": (network(layer("l", "Dense", {}, module="evil.layers")), "Dense of evil.layers, which no"),
    "a registered class": (network(dense() | {"registered_name": "evil>Dense"}), "evil>Dense of keras.layers"),
    "10⁹ units": (network(dense(units=10**9)), "has 1000000000 for units; from 1 to 65,536"),
    "more than its weights": (network(dense(units=60_000)), "300,000 parameters, which do not fit in"),
    "built for another shape": (network(dense() | {"build_config": {"input_shape": [None, 10**9]}}), "builds dense"),
    "compile arguments": (network(dense(), compile_config={"optimizer": "adam"}), "brings compile arguments"),
    "an unknown argument": (network(dense(lora_rank=10**6)), "gives the argument 'lora_rank'"),
    "a layer out of nowhere": (network(dense() | {"inbound_nodes": [{"args": [ELSEWHERE], "kwargs": {}}]}), "KeyError"),
    "units that are no number": (network(dense(units=None)), "has None for units"),
    "no network": ([1, 2], "is not a network that can be built"),
    "no JSON": (b"{", "config.json that is not JSON"),
    "deep JSON": (b"[" * 100_000, "config.json that is not JSON"),
    "a config of 9 MB": (b" " * (9 << 20) + b"{}", "has 9,437,186 bytes in config.json; at most 8,388,608"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_foreign_network_is_refused(tmp_path: Path, name: str) -> None:
    config, sentence = CONFIGS[name]
    refused(folder_with(tmp_path, config), sentence)


def refused(folder: Path, sentence: str) -> None:
    """The manifest has nothing against it; the check says what was found and what to do."""
    assert checkpoint_files.verify(folder).epoch == 5
    with pytest.raises(CheckpointDamaged) as refusal:
        check_files(folder)
    assert sentence in str(refusal.value)
    assert "use another checkpoint of the run" in str(refusal.value)


WEIGHTS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "external link": (lambda file: file.update({"w": h5py.ExternalLink("/etc/x.h5", "/w")}), "a link to another place"),
    "soft link": (lambda file: file.update({"w": h5py.SoftLink("/v")}), "has a link to another place"),
    "external storage": (external_storage, "weights that are not plain numbers, 'w'"),
    "chunks": (lambda file: file.create_dataset("w", (10**9,), "f4", chunks=True), "not plain numbers, 'w'"),
    "objects": (lambda file: file.create_dataset("w", data=["text"]), "not plain numbers, 'w'"),
    "more than there is": (lambda file: file.create_dataset("w", (10**9,), "f4"), "weights of 4,000,000,000 bytes"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_foreign_weights_are_refused(tmp_path: Path, name: str) -> None:
    fill, sentence = WEIGHTS[name]
    refused(folder_with(tmp_path, network(dense()), values=weights(fill)), sentence)


FILES: dict[str, tuple[str, bytes, str]] = {
    "a pickle": ("model.keras", pickle.dumps(print), "it is not an archive"),
    "HDF5": ("model.keras", weights(), "it is not an archive"),
    "a bomb": ("model.keras", compressed(b" " * (16 << 20)), "holds config.json compressed, as 16,777,216 bytes"),
    "pickled state": ("state.npz", arrays(**{"optimizer/0": np.array([print], object)}), "pickled objects"),
    "a file of another name": ("state.npz", arrays(**{"../../x": np.zeros(1)}), "holds a file of the name '../../x"),
    "an unknown member": ("state.npz", arrays(evil=np.zeros(1)), "holds 'evil.npy'"),
    "state that is no archive": ("state.npz", b"\x80\x04.", "it is not an archive"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_foreign_file_is_refused(tmp_path: Path, name: str) -> None:
    file, content, sentence = FILES[name]
    folder = folder_with(tmp_path, network(dense()))
    forge(folder, file, content)
    refused(folder, sentence)


def test_an_array_that_says_it_is_larger_than_it_is_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, network(dense()))
    forge(folder, "state.npz", (folder / "state.npz").read_bytes().replace(b"(3,), }      ", b"(3000000,), }"))
    refused(folder, "whose header does not match its size")


def test_further_members_are_refused(tmp_path: Path) -> None:
    refused(folder_with(tmp_path, network(dense()), **{"assets/run.sh": b"#!"}), "holds assets/run.sh, config.json")


def link_file(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / name)
    (folder / name).symlink_to(folder.parent / name)


def link_folder(folder: Path) -> None:
    folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(folder.parent / "elsewhere")


def pipe(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)


NOT_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a linked file": (lambda folder: link_file(folder, "model.keras"), "model.keras cannot be read (it is a link"),
    "a linked manifest": (lambda folder: link_file(folder, "manifest.json"), "json cannot be read (it is a link"),
    "a linked folder": (link_folder, "its folder cp-0005 is a link"),
    "a pipe": (lambda folder: pipe(folder, "state.npz"), "state.npz cannot be read (it is a pipe"),
    "a pipe for a manifest": (lambda folder: pipe(folder, "manifest.json"), "json cannot be read (it is a pipe"),
    "a huge manifest": (lambda folder: os.truncate(folder / "manifest.json", 1 << 30), "more than 4,194,304 bytes"),
    "a huge file": (lambda folder: os.truncate(folder / "model.keras", 1 << 40), "has 1099511627776 bytes instead"),
}


@pytest.mark.parametrize("name", NOT_FILES)
@pytest.mark.timeout(20)
def test_only_regular_files_of_the_right_size_are_read(tmp_path: Path, name: str) -> None:
    break_it, sentence = NOT_FILES[name]
    folder = folder_with(tmp_path, network(dense()))
    break_it(folder)
    with pytest.raises(CheckpointDamaged) as refusal:
        checkpoint_files.verify(folder)
    assert sentence in str(refusal.value)


def test_the_manifest_on_record_ends_what_a_matching_one_hides(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, network(dense()))
    on_record = checkpoint_files.manifest_sha256(folder)
    assert checkpoint_files.verify(folder, on_record).sha256 == on_record
    forge(folder, "state.npz", arrays(**{"optimizer/0": np.ones(3, "f4")}))
    assert checkpoint_files.verify(folder).epoch == 5
    with pytest.raises(CheckpointDamaged, match="json was changed: its SHA-256 is not the one on record"):
        checkpoint_files.verify(folder, on_record)


ASK = """
import json, sys, threading
from pathlib import Path
from trainer.process.requests import ADAPTER, carry_out
try:
    carry_out(ADAPTER.validate_json(sys.argv[1]), None, threading.Event())
except Exception as error:
    print(json.dumps([str(error), "keras" in sys.modules, "tensorflow" in sys.modules]))
"""


@pytest.mark.parametrize(
    ("expected", "sentence"), [("", "has Lambda of keras.layers"), ("0" * 64, "is not the one on record")]
)
def test_a_request_is_refused_before_keras_is_imported(tmp_path: Path, expected: str, sentence: str) -> None:
    folder = folder_with(tmp_path, network(layer("l", "Lambda", {})))
    asked = {"do": "predict", "out": str(tmp_path), "spec": {"dataset": {"name": "digits"}}}
    asked |= {"checkpoint": str(folder), "manifest_sha256": expected, "facts": facts_of("digits").model_dump()}
    program = [sys.executable, "-c", ASK, json.dumps(asked)]
    said, *loaded = json.loads(subprocess.run(program, capture_output=True, check=True, text=True).stdout)
    assert sentence in said
    assert loaded == [False, False]
