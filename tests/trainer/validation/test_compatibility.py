"""Parts of a spec that do not fit each other or the data are refused before anything is queued."""

from __future__ import annotations

from typing import Any

import pytest

from trainer.data.bundled.catalog import CATALOG, facts_of
from trainer.data.facts import DatasetFacts
from trainer.spec import Augmentation
from trainer.validation.augmentation import augmentation_warning
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import EXAMPLES, default_spec


def problems(dataset: str, **sections: Any) -> dict[tuple[str | int, ...], str]:
    spec = parse_spec({"dataset": {"name": dataset}} | sections)
    return {problem.path: str(problem.message) for problem in check_spec(spec, facts_of(dataset))}


CONVNET = {"kind": "convnet", "blocks": [{}, {}, {}, {}]}
WIDE = {"kind": "mlp", "layers": [{"units": 65536}, {"units": 65536}]}
MANY_MAPS = {"kind": "convnet", "blocks": [{"filters": 4096, "pool_size": 1}]}


@pytest.mark.parametrize(
    ("dataset", "sections", "path", "words"),
    [
        ("iris", {"network": CONVNET}, ("network", "kind"), "Choose the multilayer perceptron"),
        ("digits", {"network": CONVNET}, ("network", "blocks", 3, "pool_size"), "the image is only 1 × 1 pixels"),
        ("iris", {"fit": {"batch_size": 105}}, ("fit", "batch_size"), "only 104 training examples"),
        ("iris", {"split": {"validation_fraction": 0.01}}, ("split", "validation_fraction"), "each of the 3 classes"),
        ("digits", {"split": {"test_fraction": 0.9, "validation_fraction": 0.01}}, None, ""),
        ("iris", {"output": {"loss": "huber"}}, ("output", "loss"), "accepted: auto, crossentropy"),
        ("iris", {"output": {"activation": "sigmoid"}}, ("output", "activation"), "accepted: auto, softmax, linear"),
        ("diabetes", {"output": {"activation": "softmax"}}, ("output", "activation"), "one number to predict"),
        ("diabetes", {"output": {"loss": "crossentropy"}}, ("output", "loss"), "accepted: auto, mean_squared_error"),
        ("wine", {"optimizer": {"kind": "sgd", "momentum": 0.0}}, ("optimizer", "nesterov"), "momentum above 0"),
        ("wine", {"network": WIDE}, ("network", "layers", 1, "units"), "accepted: at most 200,000,000"),
        ("cifar10", {"network": MANY_MAPS, "fit": {"batch_size": 4000}}, ("fit", "batch_size"), "GiB of memory"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(dataset: str, sections: Any, path: Any, words: str) -> None:
    found = problems(dataset, **sections)
    assert (path in found and words in found[path]) if path else not found


def test_a_sigmoid_needs_scaled_targets() -> None:
    found = problems("diabetes", output={"activation": "sigmoid"}, normalization={"targets": "none"})
    assert "standardise the targets" in found["output", "activation"]
    assert not problems("diabetes", output={"activation": "sigmoid"})


def test_an_unstratified_split_needs_only_one_example_a_part() -> None:
    assert not problems("iris", split={"validation_fraction": 0.01, "stratified": False})


def test_the_official_test_split_counts_when_batches_are_measured() -> None:
    assert "51000 training examples" in problems("mnist", fit={"batch_size": 60_000})["fit", "batch_size"]


def test_more_checkpoints_and_patience_than_epochs_are_fine() -> None:
    early = {"epochs": 3, "early_stopping": {"patience": 100}}
    assert not problems("iris", fit=early, checkpoints={"every_epochs": 50, "keep_last": 9})


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_fits_its_data(name: str) -> None:
    spec = EXAMPLES[name]()
    assert not check_spec(spec, facts_of(spec.dataset.name))


@pytest.mark.parametrize("facts", CATALOG.values(), ids=lambda facts: facts.name)
def test_every_dataset_has_a_default(facts: DatasetFacts) -> None:
    assert default_spec(facts).dataset.name == facts.name


AUGMENTATIONS = [
    ("iris", {"rotation": 10.0}, "10.0 given, but Iris"),
    ("iris", {"rand_augment": {}}, "accepted: null"),
    ("digits", {"feature_noise": 0.1}, "has pictures; accepted: 0.0"),
    ("digits", {"hue": 0.1}, "have no colours; accepted: 0"),
    ("digits", {"mixup": 0.2}, "a batch of one example"),
]


@pytest.mark.parametrize(("dataset", "asked", "sentence"), AUGMENTATIONS)
def test_augmentation_that_the_data_cannot_have_is_refused(dataset: str, asked: Any, sentence: str) -> None:
    found = problems(dataset, augmentation=asked, fit={"batch_size": 1})
    assert sentence in found.pop(("augmentation", *asked))
    assert found == {}


FLIPS = [
    ("digits", {"horizontal_flip": True}, True),
    ("mnist", {"vertical_flip": True}, True),
    ("digits", {"rotation": 10.0}, False),
    ("cifar10", {"horizontal_flip": True}, False),
    ("fashion-mnist", {"horizontal_flip": True}, False),
]


@pytest.mark.parametrize(("dataset", "asked", "warns"), FLIPS)
def test_flips_of_digits_and_letters_are_warned_of(dataset: str, asked: Any, warns: bool) -> None:
    assert bool(augmentation_warning(Augmentation(**asked), facts_of(dataset))) == warns
