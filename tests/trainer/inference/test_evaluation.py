"""A checkpoint measured on a split, against scikit-learn and against what training itself measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.made_up import LABEL_FACTS
from tests.trainer.material import BUNDLED, data_of, parts_of, quiet, spec_for, trained
from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.data.bundled.catalog import facts_of
from trainer.data.summary import summarize
from trainer.engines.loops import loop_of
from trainer.errors import BadData
from trainer.inference.evaluation import evaluate, loss_on_data
from trainer.networks.families import plan_of
from trainer.spec import Spec
from trainer.spec.metrics import JUDGED_BY, family_of, judging_metrics, trained_metrics
from trainer.training.compilation import compile_model
from trainer.training.losses import metrics_of
from trainer.validation.presets import EXAMPLES

SHORT = {"epochs": 3, "batch_size": 64}
SPECS = {
    "digits": spec_for("digits", fit=SHORT, network={"kind": "convnet", "blocks": [{"filters": 8}]}),
    "iris": spec_for("iris", fit=SHORT, output={"activation": "linear"}),
    "diabetes": spec_for("diabetes", fit=SHORT),
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: trained(spec, tmp_path_factory.mktemp(name)) for name, spec in SPECS.items()}


def measured(name: str, checkpoint: Path, split: str = "validation", spec: Spec | None = None) -> dict[str, Any]:
    return evaluate(spec or SPECS[name], data_of(name), checkpoint, split, quiet)


@pytest.mark.parametrize("name", SPECS)
def test_validation_metrics_are_those_that_training_measured(name: str, checkpoints: dict[str, Path]) -> None:
    metrics = measured(name, checkpoints[name])["metrics"]
    for metric, value in read_manifest(checkpoints[name]).metrics.items():
        if metric.startswith("val_"):
            assert metrics[metric.removeprefix("val_")] == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("name", SPECS)
def test_a_result_is_plain_json(name: str, checkpoints: dict[str, Path]) -> None:
    result = measured(name, checkpoints[name], "test")
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert (result["split"], result["task"]) == ("test", "regression" if name == "diabetes" else "classification")


def test_confusion_support_and_accuracy_agree(checkpoints: dict[str, Path]) -> None:
    result = measured("digits", checkpoints["digits"])
    confusion = np.array(result["confusion"])
    assert confusion.sum() == result["num_examples"] == 270
    assert confusion.sum(axis=1).tolist() == [row["support"] for row in result["per_class"]]
    assert np.trace(confusion) / 270 == pytest.approx(result["metrics"]["accuracy"])
    assert result["metrics"]["top_5_accuracy"] >= result["metrics"]["accuracy"]


def test_mistakes_are_the_surest_first_with_their_pictures(checkpoints: dict[str, Path]) -> None:
    mistakes = measured("digits", checkpoints["digits"])["mistakes"]
    sure = [mistake["probability"] for mistake in mistakes]
    assert sure == sorted(sure, reverse=True)
    assert len(mistakes) <= 24
    assert all(mistake["image"].startswith("data:image/png;base64,") for mistake in mistakes)
    assert all(mistake["true"] != mistake["predicted"] for mistake in mistakes)


def test_probabilities_of_logits_are_probabilities(checkpoints: dict[str, Path]) -> None:
    for mistake in measured("iris", checkpoints["iris"])["mistakes"]:
        assert 1 / 3 <= mistake["probability"] <= 1
        assert next(iter(mistake["row"])) == "sepal length (cm)"


def test_a_regression_says_predicted_against_actual_and_its_worst(checkpoints: dict[str, Path]) -> None:
    result = measured("diabetes", checkpoints["diabetes"])
    assert len(result["pairs"]) == 66
    assert sum(each["count"] for each in result["residual_histogram"]) == 66
    sizes = [abs(example["residual"]) for example in result["worst"]]
    assert sizes == sorted(sizes, reverse=True)
    assert result["worst"][0]["row"]["bmi"] > 10


def test_progress_rises_to_1(checkpoints: dict[str, Path]) -> None:
    seen: list[float] = []
    evaluate(
        SPECS["digits"],
        data_of("digits"),
        checkpoints["digits"],
        "test",
        lambda fraction, message: seen.append(fraction),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1


def test_other_data_is_refused(checkpoints: dict[str, Path]) -> None:
    spec = spec_for("iris", output={"activation": "linear"})
    changed = spec.model_copy(update={"dataset": spec.dataset.model_copy(update={"content_hash": "0" * 64})})
    with pytest.raises(BadData, match="The data of Iris has changed"):
        measured("iris", checkpoints["iris"], spec=changed)


def test_an_unknown_split_is_refused(checkpoints: dict[str, Path]) -> None:
    with pytest.raises(BadData, match="'both' given as split; accepted: train, validation, test"):
        measured("iris", checkpoints["iris"], "both")


def test_a_diverged_network_is_refused_in_words(tmp_path: Path) -> None:
    wild = {"kind": "sgd", "learning_rate": 100.0, "momentum": 0.0, "nesterov": False}
    spec = spec_for("diabetes", fit=SHORT | {"epochs": 30, "stop_on_nan": False}, optimizer=wild)
    checkpoint = trained(spec, tmp_path)
    with pytest.raises(BadData, match="it diverged"):
        measured("diabetes", checkpoint, spec=spec)


def test_a_dataset_of_images_is_described() -> None:
    described = summarize(data_of("digits"))
    assert sum(row["count"] for row in described["histogram"]) == described["num_examples"] == 1797
    assert {sample["label"] for sample in described["samples"]} == set(map(str, range(10)))
    assert described["input_shape"] == [8, 8, 1]


def test_a_table_is_described_by_its_columns() -> None:
    described = summarize(data_of("diabetes"))
    assert described["columns"][0] == {"name": "age", "mean": 48.5181, "std": 13.09419, "min": 19.0, "max": 79.0}
    assert len(described["samples"]) == 30
    assert json.loads(json.dumps(described, allow_nan=False)) == described


def examples() -> list[str]:
    """One of every family, kind of data and task, of the data that need no download."""
    bundled = {name: make() for name, make in EXAMPLES.items() if make().dataset.name in BUNDLED}
    about = {name: (spec.network.kind, facts_of(spec.dataset.name)) for name, spec in bundled.items()}
    return [*{(family, facts.kind, facts.task): name for name, (family, facts) in about.items()}.values()]


@pytest.mark.parametrize("example", examples())
def test_every_example_is_evaluated_as_it_was_validated(example: str, tmp_path: Path) -> None:
    spec = EXAMPLES[example]()
    spec = spec.model_copy(update={"fit": spec.fit.model_copy(update={"epochs": 1})})
    checkpoint = trained(spec, tmp_path)
    evaluated = evaluate(spec, data_of(spec.dataset.name), checkpoint, "validation", quiet)["metrics"]
    validated = {family_of(name): value for name, value in read_manifest(checkpoint).metrics.items() if "val_" in name}
    assert validated == pytest.approx({name: evaluated[name] for name in validated}, rel=1e-4)


def test_the_loss_is_that_on_the_data_as_in_validation() -> None:
    spec = SPECS["diabetes"]
    facts, data, parts, statistics = parts_of(spec)
    inputs = keras.Input((10,))
    model = keras.Model(inputs, keras.layers.Dense(1, kernel_regularizer="l2")(inputs))
    compile_model(model, spec, plan_of(spec, facts), facts, statistics, steps_per_epoch=1)
    validated = loop_of(model, data.inputs, data.targets, spec).test(parts.validation.astype(np.int32))["loss"]
    outputs = model.predict(data.inputs[parts.validation], verbose=0)
    assert loss_on_data(model, data.inputs, data.targets[parts.validation], outputs) == pytest.approx(
        validated, rel=1e-4
    )


@pytest.mark.parametrize("task", JUDGED_BY)
def test_training_measures_what_the_registry_says(task: str) -> None:
    facts = {"classification": facts_of("digits"), "multilabel": LABEL_FACTS, "regression": facts_of("diabetes")}[task]
    names = {metric.name for metric in metrics_of(facts)} | {"loss"}
    assert names == {metric.name for metric in trained_metrics(task)}


@pytest.mark.parametrize("name", SPECS)
def test_evaluations_measure_all_that_has_a_name_and_the_baseline_beside_it(
    name: str, checkpoints: dict[str, Path]
) -> None:
    result, facts = measured(name, checkpoints[name]), facts_of(name)
    meaningful = {metric.name for metric in judging_metrics(facts.task, facts.num_classes)}
    assert set(result["metrics"]) == meaningful
    assert set(result["baseline"]["metrics"]) == meaningful - {"loss"}


def test_the_baseline_is_learned_from_the_training_part_alone(checkpoints: dict[str, Path]) -> None:
    _, data, parts, _ = parts_of(SPECS["diabetes"])
    mean = data.targets[parts.train].mean(dtype=np.float64)
    found = measured("diabetes", checkpoints["diabetes"], "test")["baseline"]
    assert found["answer"] == pytest.approx(mean)
    assert found["metrics"]["mean_absolute_error"] == pytest.approx(np.abs(data.targets[parts.test] - mean).mean())


def test_thresholds_of_two_classes_are_those_of_validation_on_every_split(tmp_path: Path) -> None:
    spec = spec_for("breast-cancer", fit=SHORT | {"epochs": 2})
    checkpoint = trained(spec, tmp_path)
    results = {split: measured("breast-cancer", checkpoint, split, spec) for split in ("validation", "test")}
    found = {split: result["threshold"] for split, result in results.items()}
    chosen = {split: [choice["threshold"] for choice in each["choices"]] for split, each in found.items()}
    assert chosen["validation"] == chosen["test"]
    assert found["test"]["positive"] == "malignant"  # 212 of 569
    assert found["test"]["num_validation"] == results["validation"]["num_examples"]
    for result in results.values():
        usual = result["threshold"]["choices"][0]
        assert (usual["rule"], usual["threshold"]) == ("default", 0.5)
        assert usual["accuracy"] == pytest.approx(result["metrics"]["accuracy"])
        assert usual["f1"] == pytest.approx(result["per_class"][0]["f1"])
    best = {choice["rule"]: choice for choice in found["validation"]["choices"]}
    assert best["f1"]["f1"] >= best["default"]["f1"]
    assert json.loads(json.dumps(results, allow_nan=False)) == results
