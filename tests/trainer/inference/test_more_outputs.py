"""A network with more outputs than the data has classes: those take probability, and are never an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.trainer.material import parts_of, quiet, spec_for, trained
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.checkpoints.loading import load_model
from trainer.data.bundled.catalog import facts_of
from trainer.inference.evaluation import evaluate
from trainer.inference.prediction import predict
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

# It learns next to nothing, so that most of the probability stays with the 28 outputs that are no class.
SPEC = spec_for(
    "breast-cancer",
    network={"kind": "mlp", "layers": [{"units": 8, "dropout": 0.0}]},
    optimizer={"kind": "sgd", "learning_rate": 1e-4, "momentum": 0.0, "nesterov": False},
    output={"units": 30},
    fit={"epochs": 1, "batch_size": 64},
)


def test_what_training_evaluation_and_trying_say_is_about_the_classes_alone(tmp_path: Path) -> None:
    checkpoint, (facts, data, parts, _) = trained(SPEC, tmp_path), parts_of(SPEC)
    outputs = load_model(checkpoint).predict(data.inputs[parts.validation], verbose=0)
    targets = data.targets[parts.validation]
    assert outputs.shape[1] == 30
    assert (outputs.argmax(axis=1) > 1).mean() > 0.5
    accuracy = (outputs[:, :2].argmax(axis=1) == targets).mean()
    assert 0 < accuracy < 1

    result = evaluate(SPEC, data, checkpoint, "validation", quiet)
    loss = -np.log(outputs[np.arange(len(targets)), targets]).mean()
    assert result["metrics"]["accuracy"] == pytest.approx(accuracy)
    assert result["metrics"]["log_loss"] == pytest.approx(loss, rel=1e-5)
    validated = read_manifest(checkpoint).metrics
    assert (validated["val_accuracy"], validated["val_loss"]) == pytest.approx((accuracy, loss), rel=1e-4)
    assert np.array(result["confusion"]).shape == (2, 2)
    assert np.array(result["confusion"]).sum() == len(targets)
    assert {each["rule"]: each["accuracy"] for each in result["threshold"]["choices"]}["default"] == pytest.approx(
        accuracy
    )

    tried = predict(SPEC, facts, checkpoint, None, [float(value) for value in data.inputs[parts.validation[0]]])
    expected = dict(zip(facts.class_names, outputs[0], strict=False))
    assert {each["name"]: each["probability"] for each in tried["classes"]} == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("dataset", "units", "told"),
    [
        ("digits", 9, "9 given, but Handwritten digits has 10 classes; accepted: 10 or more"),
        ("diabetes", 12, "accepted: empty"),
    ],
)
def test_too_few_outputs_and_those_of_a_number_are_refused(dataset: str, units: int, told: str) -> None:
    (problem,) = check_spec(parse_spec({"dataset": {"name": dataset}, "output": {"units": units}}), facts_of(dataset))
    assert problem.path == ("output", "units")
    assert told in str(problem.message)
