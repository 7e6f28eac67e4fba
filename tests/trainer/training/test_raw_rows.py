"""A table with missing cells and categories from its file to a prediction, on both engines and outside of Trainyard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.material import quiet
from trainer.checkpoints.checkpoint_files import named
from trainer.data.loading import Data, load
from trainer.data.own.choices import Choices
from trainer.data.own.importing import prepare_own
from trainer.engines import backend
from trainer.errors import BadData
from trainer.events.sink import EventSink
from trainer.inference.evaluation import evaluate
from trainer.inference.prediction import predict
from trainer.training.request import FitRequest
from trainer.training.session import fit
from trainer.validation.parsing import parse_spec

VALUES: dict[str, Any] = {
    "dataset": {"name": "parts"},
    "network": {"kind": "mlp", "layers": [{"units": 8}]},
    "columns": {"categories": {"kind": "embedding", "size": 2}},
    "fit": {"epochs": 2, "batch_size": 16},
}
ROW = [None, "steel", 0.5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    there = tmp_path_factory.mktemp("parts")
    metals = ("steel", "brass", "")
    lines = [f"{'' if n % 5 == 0 else n % 7},{metals[n % 3]},{n % 4 / 2},{'ab'[n % 2]}" for n in range(120)]
    (there / "parts.csv").write_text("\n".join(["width,metal,depth,class", *lines]))
    return prepare_own(there / "parts.csv", Choices(), "parts", there / "datasets", quiet)[0]


@pytest.fixture(scope="module")
def data(folder: Path) -> Data:
    return load(folder)


def trained(
    data: Data, out: Path, epochs: int = 2, resume_from: Path | None = None, engine: str = "tensorflow"
) -> Path:
    spec = parse_spec(VALUES | {"engine": engine, "fit": VALUES["fit"] | {"epochs": epochs}})
    fit(FitRequest(spec, out, data, resume_from), EventSink(out))
    return named(out / "checkpoints")[0]


def asked(data: Data, checkpoint: Path, row: list[Any]) -> list[float]:
    classes = predict(parse_spec(VALUES), data.facts, checkpoint, None, row)["classes"]
    return [each["probability"] for each in sorted(classes, key=lambda each: each["name"])]


@pytest.fixture(scope="module")
def checkpoint(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(data, tmp_path_factory.mktemp("whole"))


def test_it_trains_resumes_exactly_and_is_evaluated(data: Data, checkpoint: Path, tmp_path: Path) -> None:
    first = trained(data, tmp_path / "first", epochs=1)
    rest = trained(data, tmp_path / "rest", resume_from=first)
    assert asked(data, rest, ROW) == asked(data, checkpoint, ROW)
    result = evaluate(parse_spec(VALUES), data, checkpoint, "validation", quiet)
    json.dumps(result, allow_nan=False)


# In one process, because each takes seconds to start: plain Keras first, then a training with its engine.
ELSEWHERE = """
import importlib.util, json, sys
import keras, numpy as np
_, file, repository, folder, out = sys.argv
assert importlib.util.find_spec("trainer") is None
model = keras.saving.load_model(file, safe_mode=True)
rows = np.array([[np.nan, 1, 0.5], [3, np.nan, 0]], "float32")
print(json.dumps(model.predict(rows, verbose=0).tolist()))
sys.path.insert(0, repository)
from pathlib import Path
from tests.trainer.training.test_raw_rows import load, trained
trained(load(Path(folder)), Path(out), epochs=1, engine=keras.backend.backend())
"""


@pytest.fixture(scope="module")
def elsewhere(
    folder: Path, checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[list[float]], Path]:
    """What plain Keras predicts with the file of the checkpoint, and a checkpoint trained in that process, on JAX."""
    out = tmp_path_factory.mktemp("elsewhere")
    repository = str(Path(__file__).parents[3])
    command = [
        sys.executable,
        "-I",
        "-c",
        ELSEWHERE,
        str(checkpoint / "model.keras"),
        repository,
        str(folder),
        str(out),
    ]
    engine = "jax" if backend.is_installed("jax") else "tensorflow"
    environment = os.environ | {"KERAS_BACKEND": engine}
    done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[0]), named(out / "checkpoints")[0]


def test_the_file_takes_the_same_rows_in_plain_keras(
    data: Data, checkpoint: Path, elsewhere: tuple[list[list[float]], Path]
) -> None:
    assert data.facts.columns[1].categories == ("brass", "steel")
    assert np.allclose(elsewhere[0], [asked(data, checkpoint, row) for row in (ROW, [3, None, 0.0])], atol=1e-6)


def test_what_another_engine_trained_predicts(data: Data, elsewhere: tuple[list[list[float]], Path]) -> None:
    assert sum(asked(data, elsewhere[1], ROW)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ([1, "gold", 0], "metal: 'gold' given; accepted: brass, steel."),
        ([1, 1, 0], "metal: 1 given; accepted: brass, steel."),
        (["steel", "steel", 0], "width: 'steel' given; accepted: a number."),
        ([1, "steel", None], "depth: None given; accepted: a number."),
        ([1, "steel"], "2 values given; accepted: 3"),
    ],
)
def test_a_wrong_cell_is_refused_with_what_is_accepted(
    row: list[Any], sentence: str, data: Data, checkpoint: Path
) -> None:
    with pytest.raises(BadData, match=sentence):
        asked(data, checkpoint, row)
