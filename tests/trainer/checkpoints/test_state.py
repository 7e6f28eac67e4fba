from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.material import data_of, spec_for
from trainer.events.sink import EventSink
from trainer.training.request import FitRequest
from trainer.training.session import Training

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "XLA": {"computation": {"xla": True}},
    "float16": {"computation": {"precision": "mixed_float16"}},
    "accumulated": {"fit": {"gradient_accumulation": 3, "batch_size": 64}},
}


def training_of(folder: Path, **sections: Any) -> Training:
    network = {"kind": "convnet", "blocks": [{"filters": 4, "dropout": 0.2}]}
    spec = spec_for("digits", network=network, **sections)
    return Training(FitRequest(spec, folder, data_of(spec.dataset.name)), EventSink(folder))


@pytest.mark.parametrize("way", WAYS)
def test_a_snapshot_stays_what_it_was_while_the_training_goes_on(way: str, tmp_path: Path) -> None:
    training = training_of(tmp_path, **WAYS[way])
    order = training.parts.train[:300].astype(np.int32)
    training.loop.train(order, 0, 3)
    snapshot = training.state.copy()
    kept = {name: np.array(value) for name, value in (snapshot.weights | snapshot.rest).items()}
    training.loop.train(order, 3, 4)
    training.loop.test(order)
    for name, value in (snapshot.weights | snapshot.rest).items():
        np.testing.assert_array_equal(value, kept[name], err_msg=name)
    assert training.state.copy().digest != snapshot.digest
