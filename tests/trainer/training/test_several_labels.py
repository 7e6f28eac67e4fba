"""Several labels an example: trained, measured, and asked about one example."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from tests.made_up import LABEL_FACTS
from tests.trainer.material import data_of, quiet, trained
from tests.trainer.training.test_session import SMALL_LABELS, spec_of
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.checkpoints.loading import load_model
from trainer.data.splits import split
from trainer.inference.evaluation import evaluate
from trainer.inference.prediction import predict
from trainer.training.outcome import warning_of
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec

SPEC = spec_of(SMALL_LABELS, epochs=3, batch_size=16)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(SPEC, tmp_path_factory.mktemp("labels"))


def test_it_is_measured_as_it_was_trained_and_as_scikit_learn_measures(checkpoint: Path) -> None:
    data = data_of("tags")
    result = evaluate(SPEC, data, checkpoint, "validation", quiet)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    measured, recorded = result["metrics"], read_manifest(checkpoint).metrics
    for name in ("loss", "micro_f1", "label_accuracy"):
        assert measured[name] == pytest.approx(recorded[f"val_{name}"], rel=1e-3)
    part = split(data, SPEC.split).validation
    truth, outputs = data.targets[part], load_model(checkpoint).predict(data.inputs[part], verbose=0)
    assert measured["log_loss"] == pytest.approx(measured["loss"], rel=1e-4)
    assert measured["micro_f1"] == pytest.approx(metrics.f1_score(truth, outputs >= 0.5, average="micro"))
    assert [row["support"] for row in result["per_class"]] == truth.sum(axis=0).tolist()
    off = [abs(is_there - share) for _, _, is_there, share in result["wrong"]]
    assert off == sorted(off, reverse=True)
    assert len(off) == round((1 - measured["label_accuracy"]) * truth.size)
    index, label, is_there, _ = result["wrong"][0]
    first = result["mistakes"][0]
    assert (first["index"], first["label"], first["is_there"]) == (
        index,
        LABEL_FACTS.class_names[label],
        bool(is_there),
    )
    assert data.targets[index, label] == is_there


def test_the_simplest_answer_is_what_half_of_the_training_examples_have(checkpoint: Path) -> None:
    data = data_of("tags")
    found = evaluate(SPEC, data, checkpoint, "test", quiet)["baseline"]
    shares = data.targets[split(data, SPEC.split).train].mean(axis=0)
    assert found["answer"] == [
        name for name, share in zip(LABEL_FACTS.class_names, shares, strict=True) if share >= 0.5
    ]
    assert found["metrics"]["roc_auc"] == 0.5


def test_an_example_gets_each_label_with_its_probability(checkpoint: Path) -> None:
    labels = predict(SPEC, LABEL_FACTS, checkpoint, None, [2.0, -2.0, 2.0, 0.0])["labels"]
    assert {each["name"] for each in labels if each["is_given"]} == {"cat", "owl"}
    assert sorted(labels, key=lambda each: -each["probability"]) == labels
    assert all(each["is_given"] == (each["probability"] >= 0.5) for each in labels)


def test_the_proposed_spec_fits_and_its_parts_ignore_labels() -> None:
    spec = default_spec(LABEL_FACTS)
    assert check_spec(spec, LABEL_FACTS) == []
    plain = parse_spec({"split": {"stratified": False}})
    for one, other in zip(*(vars(split(data_of("tags"), each.split)).values() for each in (spec, plain)), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(("values", "said"), [
    ({"output": {"activation": "softmax"}}, "several labels; accepted: auto, sigmoid"),
    ({"output": {"activation": "linear"}}, "several labels; accepted: auto, sigmoid"),
    ({"output": {"loss": "huber"}}, "accepted: auto, crossentropy, focal"),
    ({"balance": {"weights": "balanced"}}, "several labels, of which"),
    ({"balance": {"sampling": "oversample"}}, "several labels, of which"),
])  # fmt: skip
def test_what_needs_one_class_an_example_is_refused_in_words(values: dict[str, dict[str, str]], said: str) -> None:
    (problem,) = check_spec(parse_spec({"dataset": {"name": "tags"}} | values), LABEL_FACTS)
    assert said in str(problem.message)


def test_a_network_that_gives_no_label_rightly_is_pointed_out() -> None:
    last = {"loss": 0.3, "micro_f1": 0.0, "val_loss": 0.3, "val_micro_f1": 0.0}
    assert "micro F1 is 0" in str(warning_of(0.7, last, LABEL_FACTS, {}))
    assert not warning_of(0.7, last | {"micro_f1": 0.01}, LABEL_FACTS, {})
