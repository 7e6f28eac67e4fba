"""The front of a network on raw rows: what it makes of missing cells and of categories, and what it is learnt from."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.checkpoints.model_config import LAYERS, check_config
from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.loading import Data
from trainer.data.splits import Parts
from trainer.data.statistics import moments, moments_of_present, statistics_of
from trainer.networks.costs import OPERATIONS
from trainer.networks.families import plan_of
from trainer.spec import Spec
from trainer.system.archives import Foreign
from trainer.training.keras_model import build_model
from trainer.validation.parsing import parse_spec

NAN = float("nan")
SIZE = ColumnFacts(name="size", has_missing=True)
COLOUR = ColumnFacts(name="colour", categories=("blue", "green", "red"), has_missing=True)
AGE, KIND = ColumnFacts(name="age"), ColumnFacts(name="kind", categories=("a", "b"))
ROWS = [[1, 0, 5, 0], [NAN, 2, 7, 1], [2, NAN, 6, 1], [6, 0, 8, 0], [6, 1, 9, 0], [NAN, 1, 5, 1]]
TRAIN = 4  # rows; the others are unseen, and with them the category green


def facts_of_columns(*columns: ColumnFacts) -> DatasetFacts:
    return DatasetFacts(
        name="mixed",
        title="Mixed",
        task="classification",
        kind="table",
        input_shape=(len(columns),),
        num_examples=len(ROWS),
        class_names=("no", "yes"),
        feature_names=tuple(column.name for column in columns),
        columns=columns,
    )


FACTS = facts_of_columns(SIZE, COLOUR, AGE, KIND)
DATA = Data(FACTS, np.array(ROWS, np.float32), np.array([0, 1] * 3, np.int32), "0" * 64)
PARTS = Parts(np.arange(TRAIN), np.array([4]), np.array([5]))


def spec_with(inputs: str = "none", **columns: Any) -> Spec:
    network = {"kind": "mlp", "layers": [{"units": 3}]}
    values = {"dataset": {"name": "mixed"}, "network": network, "columns": columns}
    return parse_spec(values | {"normalization": {"inputs": inputs}})


def built(spec: Spec) -> keras.Model:
    return build_model(spec, plan_of(spec, FACTS), statistics_of(DATA, PARTS))


def front(spec: Spec) -> np.ndarray:
    """What the first layer of the family gets for all rows."""
    model = built(spec)
    return np.asarray(keras.Model(model.input, model.get_layer("dense_1").input)(DATA.inputs))


@pytest.mark.parametrize(("rule", "fill"), [("mean", 3), ("median", 2), ("most_frequent", 1)])
def test_a_missing_number_gets_the_value_of_the_training_rows_alone_and_a_mark(rule: str, fill: float) -> None:
    made = front(spec_with(missing_numbers=rule))
    assert made[:, 0].tolist() == [1, fill, 2, 6, 6, fill]
    assert made[:, 1].tolist() == [row[2] for row in ROWS]
    assert made[:, 2].tolist() == [0, 1, 0, 0, 0, 1]


def test_numbers_are_standardised_as_those_that_are_there_and_categories_are_not() -> None:
    made = front(spec_with("standardize", mark_missing=False))
    present = np.array([1, 2, 6])
    expected = (np.array([1, 3, 2, 6, 6, 3]) - present.mean()) / present.std()
    assert np.allclose(made[:, 0], expected, atol=1e-5)
    assert set(made[:, 2:].ravel().tolist()) == {0, 1}


def test_a_category_is_one_hot_and_one_that_no_training_row_has_is_none() -> None:
    made = front(spec_with(mark_missing=False))
    blue, none, red, missing = [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]
    assert made[:, 2:6].tolist() == [blue, red, missing, blue, none, none]
    assert made[:, 6:].tolist() == [[1, 0], [0, 1], [0, 1], [1, 0], [1, 0], [0, 1]]


def test_a_missing_category_can_be_the_most_frequent_one() -> None:
    made = front(spec_with(mark_missing=False, missing_categories="most_frequent"))
    assert made[2, 2:5].tolist() == [1, 0, 0]


def test_an_embedding_gives_each_category_numbers_of_its_own() -> None:
    made = front(spec_with(mark_missing=False, categories={"kind": "embedding", "size": 2}))
    assert made.shape == (6, 2 + 2 + 2)
    colours = [tuple(row) for row in made[:, 2:4].tolist()]
    assert len(set(colours)) == 4
    assert (colours[0], colours[4]) == (colours[3], (0, 0))


EVERY = [
    spec_with("standardize", categories=categories, missing_categories=missing, mark_missing=mark)
    for categories in ({"kind": "one_hot"}, {"kind": "embedding", "size": 2})
    for missing in ("own_category", "most_frequent")
    for mark in (True, False)
]
TABLES = [FACTS, facts_of_columns(COLOUR), facts_of_columns(SIZE, AGE), facts_of_columns(KIND, AGE)]


def config_of(model: keras.Model, path: Path) -> Any:
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


@pytest.mark.parametrize("facts", TABLES, ids=lambda facts: ",".join(facts.feature_names))
def test_the_plan_is_what_keras_builds_and_what_is_let_through_to_it(facts: DatasetFacts, tmp_path: Path) -> None:
    data = Data(facts, DATA.inputs[:, : len(facts.columns)] % 2, DATA.targets, DATA.content_hash)
    for spec in EVERY:
        plan = plan_of(spec, facts)
        model = build_model(spec, plan, statistics_of(data, PARTS))
        rows = [
            (row.name, row.output_shape, row.num_parameters) for row in plan.outline() if row.kind in LAYERS | {"Input"}
        ]
        assert rows == [(each.name, tuple(each.output.shape[1:]), each.count_params()) for each in model.layers]
        check_config(config_of(model, tmp_path / "model.keras"), 4 * model.count_params())


def operations_in(config: Any) -> dict[str, Any]:
    return {layer["class_name"]: layer for layer in config["config"]["layers"] if layer["class_name"] in OPERATIONS}


@pytest.mark.parametrize(
    ("operation", "at", "value"),
    [
        ("Take", ("inbound_nodes", 0, "args", 1), [4]),
        ("Take", ("inbound_nodes", 0, "args", 1), ["x"]),
        ("Take", ("config", "axis"), 0),
        ("Cast", ("config", "dtype"), "string"),
        ("Where", ("inbound_nodes", 0, "args", 1, "config", "dtype"), "object"),
        ("Where", ("inbound_nodes", 0, "args", 1, "config", "value"), [0.0]),
        ("Equal", ("inbound_nodes", 0, "args", 1, "config", "value"), {"class_name": "__lambda__", "config": ""}),
        ("Isnan", ("class_name",), "Load"),
        ("Isnan", ("module",), "keras.src.ops.core"),
    ],
)
def test_an_operation_that_was_changed_is_not_let_through(
    operation: str, at: tuple[str | int, ...], value: Any, tmp_path: Path
) -> None:
    model = built(spec_with())
    config = config_of(model, tmp_path / "model.keras")
    around = operations_in(config)[operation]
    for step in at[:-1]:
        around = around[step]
    around[at[-1]] = value
    with pytest.raises(Foreign):
        check_config(config, 4 * model.count_params())


CELL = st.one_of(st.none(), st.integers(-999, 999))


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1)))
def test_moments_are_those_of_the_cells_that_are_there(table: list[list[float | None]]) -> None:
    cells = np.array([[NAN if cell is None else cell for cell in row] for row in table], np.float32)
    found = moments_of_present(cells, np.arange(len(cells)))
    for column, moments_of_column in zip(cells.T.astype(np.float64), zip(*found, strict=True), strict=True):
        present = column[~np.isnan(column)]
        expected = (present.mean(), present.var(), present.min(), present.max()) if len(present) else (0, 0, 0, 0)
        assert moments_of_column == pytest.approx(expected, abs=1e-6)
    if not np.isnan(cells).any():
        assert np.allclose(found, moments(cells, np.arange(len(cells))))
