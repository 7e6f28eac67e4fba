"""What the tests of data, networks and evaluation work with: real data, its parts, and a checkpoint trained on it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.made_up import LABEL_FACTS
from trainer.data.bundled.catalog import facts_of
from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data, load
from trainer.data.preparing import open_named, write_prepared
from trainer.data.source import DataSource
from trainer.data.splits import Parts, split
from trainer.data.statistics import Statistics, statistics_of
from trainer.errors import SpecError
from trainer.messages.message import Message
from trainer.networks.families import plan_of
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

if TYPE_CHECKING:
    import keras

BUNDLED = ("digits", "breast-cancer", "wine", "iris", "diabetes")
# Where the data of all tests of a session is prepared, once.
DATASETS = Path(tempfile.mkdtemp(prefix="trainyard-test-datasets-"))
SOURCE = DataSource(None, DATASETS)
atexit.register(shutil.rmtree, DATASETS, ignore_errors=True)


def quiet(fraction: float, message: Message) -> None:
    """Nobody listens to this progress."""


@cache
def data_of(name: str) -> Data:
    """Data of the catalog, or with several labels an example: of each of three columns, whether it is above 0."""
    if name == LABEL_FACTS.name:
        inputs = np.random.default_rng(0).normal(size=(LABEL_FACTS.num_examples, 4)).astype(np.float32)
        return load(write_prepared(LABEL_FACTS, inputs, (inputs[:, :3] > 0).astype(np.float32), DATASETS))
    return open_named(name, DATASETS, quiet)


def spec_for(dataset: str, **sections: Any) -> Spec:
    """A spec for the dataset, checked against it."""
    spec = parse_spec({"dataset": {"name": dataset}} | sections)
    assert check_spec(spec, facts_of(dataset)) == []
    return spec


def parts_of(spec: Spec) -> tuple[DatasetFacts, Data, Parts, Statistics]:
    data = data_of(spec.dataset.name)
    parts = split(data, spec.split)
    return data.facts, data, parts, statistics_of(data, parts)


def built(spec: Spec) -> keras.Model:
    """The network of the spec as its training begins, not compiled."""
    from trainer.training.keras_model import build_model

    facts, _, _, statistics = parts_of(spec)
    return build_model(spec, plan_of(spec, facts), statistics)


def compiled(spec: Spec, steps_per_epoch: int = 1) -> keras.Model:
    """The same with its optimiser, loss and metrics."""
    from trainer.training.compilation import compile_model

    facts, _, _, statistics = parts_of(spec)
    model = built(spec)
    compile_model(model, spec, plan_of(spec, facts), facts, statistics, steps_per_epoch=steps_per_epoch)
    return model


def trained(spec: Spec, out: Path) -> Path:
    """Train the spec in this process; returns its last checkpoint."""
    from trainer.checkpoints.checkpoint_files import named
    from trainer.events.sink import EventSink
    from trainer.training.request import FitRequest
    from trainer.training.session import fit

    fit(FitRequest(spec, out, data_of(spec.dataset.name)), EventSink(out))
    return named(out / "checkpoints")[0]


def refused(values: Any) -> dict[tuple[str | int, ...], str]:
    """The messages of ``parse_spec`` by path; none when the values are accepted."""
    try:
        parse_spec(values)
    except SpecError as error:
        return {problem.path: str(problem.message) for problem in error.problems}
    return {}
