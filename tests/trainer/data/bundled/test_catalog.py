"""The catalog's facts are those of the data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import datasets as bundled

from tests.trainer.material import BUNDLED, data_of
from trainer.data.bundled.catalog import CATALOG, facts_of
from trainer.errors import SpecError

LOADERS = {
    "breast-cancer": bundled.load_breast_cancer,
    "wine": bundled.load_wine,
    "iris": bundled.load_iris,
}


def test_the_bundled_datasets_are_those_of_scikit_learn() -> None:
    assert {name for name, facts in CATALOG.items() if facts.bundled} == set(BUNDLED)


@pytest.mark.parametrize("name", LOADERS)
def test_names_of_columns_and_classes_are_those_of_scikit_learn(name: str) -> None:
    loaded, facts = LOADERS[name](), facts_of(name)
    assert facts.feature_names == tuple(map(str, loaded.feature_names))
    assert facts.class_names == tuple(map(str, loaded.target_names))


def test_diabetes_has_the_columns_of_scikit_learn_in_their_own_units() -> None:
    assert facts_of("diabetes").feature_names == tuple(bundled.load_diabetes().feature_names)
    assert data_of("diabetes").inputs[0, 0] == 59  # years of age, not a scaled value


@pytest.mark.parametrize("name", BUNDLED)
def test_shapes_and_numbers_are_those_of_the_data(name: str) -> None:
    facts, data = facts_of(name), data_of(name)
    assert data.inputs.shape == (facts.num_examples, *facts.input_shape)
    assert data.targets.shape == (facts.num_examples,)
    if facts.task == "classification":
        assert np.unique(data.targets).tolist() == list(range(facts.num_classes))


def test_pixels_of_digits_lie_in_the_range_of_the_facts() -> None:
    inputs = data_of("digits").inputs
    assert (inputs.min(), inputs.max()) == facts_of("digits").value_range


@pytest.mark.parametrize("facts", CATALOG.values(), ids=lambda facts: facts.name)
def test_facts_agree_with_themselves(facts) -> None:
    assert len(facts.class_names) == len(set(facts.class_names))
    assert facts.bundled == (facts.download_megabytes == 0)
    assert facts.target_name and facts.source and facts.description  # noqa: PT018  one idea: no words are missing


def test_an_unknown_dataset_is_refused_naming_the_choices() -> None:
    with pytest.raises(SpecError, match="'nope' given; accepted: digits, breast-cancer") as error:
        facts_of("nope")
    assert error.value.problems[0].path == ("dataset", "name")
