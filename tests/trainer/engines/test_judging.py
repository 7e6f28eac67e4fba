"""Class weights, and the metric of an experiment that training does not measure anyway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.trainer.material import data_of, parts_of, quiet
from tests.trainer.training.test_session import digest, measured, train
from tests.trainer.training.test_step_losses import model_of
from trainer.engines import backend, feed
from trainer.engines.loops import loop_of
from trainer.inference.evaluation import evaluate
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

# 399 training examples in 13 batches, the last of them smaller, as is that of the 85 for validation.
VALUES: dict[str, Any] = {
    "dataset": {"name": "breast-cancer"},
    "network": {"kind": "mlp", "layers": [{"units": 8, "dropout": 0.0}]},
    "checkpoints": {"every_epochs": 1, "keep_last": 9},
}
BY_F1: Any = ("val_f1", "max")
SAMPLED: dict[str, Any] = {"balance": {"sampling": "oversample"}}
WEIGHTS = np.array([3.0, 0.25], np.float32)


def spec_of(epochs: int, **sections: Any) -> Spec:
    return parse_spec(VALUES | {"engine": backend.current(), "fit": {"epochs": epochs, "batch_size": 32}} | sections)


def assert_weighted(weights: np.ndarray | None, data_is: str) -> None:
    """The loss of a training batch is weighted by class, that of what is tested is not.

    Predictions are those of the model, and change no number.
    """
    spec, data = spec_of(1, computation={"data": data_is}), data_of("breast-cancer")
    model, order = model_of(spec), np.arange(500, 415, -1, dtype=np.int32)
    expected, targets = np.asarray(model(data.inputs[order])), data.targets[order]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "CHUNK_BYTES", 5_000)
        loop = loop_of(model, data.inputs, data.targets, spec, class_weights=weights)
        before = loop.metrics()
        outputs = loop.predict(order)
        assert outputs == pytest.approx(expected, abs=1e-5)
        assert (loop.metrics(), type(loop.feed).__name__) == (before, "Held" if data_is == "device" else "Streamed")
        surprise = -np.log(outputs[np.arange(len(order)), targets])
        assert loop.test(order)["loss"] == pytest.approx(surprise.mean(), rel=1e-4)
        first = np.ones(32) if weights is None else weights[targets[:32]]
        assert loop.train(order, 0, 1)[0] == pytest.approx((first * surprise[:32]).mean(), rel=1e-4)


def test_a_training_is_weighted_and_a_test_is_not() -> None:
    assert_weighted(None, "device")
    assert_weighted(WEIGHTS, "streamed")


def test_the_metric_of_the_experiment_is_that_of_an_evaluation_and_the_same_after_a_resume(tmp_path: Path) -> None:
    spec = spec_of(2, **SAMPLED)
    whole = measured(train(spec, tmp_path / "whole", judged_by=BY_F1))
    last = tmp_path / "whole" / "checkpoints" / "cp-0002"
    evaluated = evaluate(spec, data_of("breast-cancer"), last, "validation", quiet)["metrics"]
    assert whole[2][0]["val_f1"] == pytest.approx(evaluated["f1"], abs=1e-9)
    start = tmp_path / "whole" / "checkpoints" / "cp-0001"
    assert measured(train(spec, tmp_path / "rest", judged_by=BY_F1, resume_from=start)) == {2: whole[2]}
    assert digest(tmp_path / "rest", "cp-0002") == digest(tmp_path / "whole", "cp-0002")


def test_a_metric_is_measured_only_for_the_experiment_that_asks_and_changes_no_number(tmp_path: Path) -> None:
    plain = measured(train(spec_of(1), tmp_path / "plain"))
    judged = measured(train(spec_of(1), tmp_path / "judged", judged_by=("val_log_loss", "min")))
    found = judged[1][0].pop("val_log_loss")
    assert judged == plain
    assert found == pytest.approx(plain[1][0]["val_loss"], rel=1e-4)
    assert digest(tmp_path / "judged", "cp-0001") == digest(tmp_path / "plain", "cp-0001")
    parts = parts_of(spec_of(1))[2]
    assert (len(parts.train), len(parts.validation)) == (399, 85)
