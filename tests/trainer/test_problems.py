"""Every wrong value is refused at its field, in our own words."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainer.material import refused
from trainer.examples import EXAMPLES
from trainer.problems import parse_spec
from trainer.refusals import Problem
from trainer.spec import Spec

UNITS = ("network", "layers", 0, "units")
RATE = ("optimizer", "learning_rate")


def mlp(**layer: Any) -> dict[str, Any]:
    return {"network": {"kind": "mlp", "layers": [layer]}}


def adam(**fields: Any) -> dict[str, Any]:
    return {"optimizer": {"kind": "adam", **fields}}


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        (mlp(units=-1), UNITS, "-1 given; accepted: a whole number from 1 to 65536. Raise it."),
        (mlp(units=0), UNITS, "0 given; accepted: a whole number from 1 to 65536. Raise it."),
        (mlp(units="32"), UNITS, '"32" given; accepted: a whole number from 1 to 65536. Write it as a number,'),
        (mlp(units=True), UNITS, "true given; accepted: a whole number"),
        (mlp(units=1.5), UNITS, "1.5 given; accepted: a whole number"),
        (mlp(units=math.nan), UNITS, "NaN given; accepted: a whole number"),
        (mlp(units=None), UNITS, "null given; accepted: a whole number"),
        (mlp(unit=3), (*UNITS[:3], "unit"), "unknown field; accepted here: units, activation"),
        (mlp(dropout=1.0), (*UNITS[:3], "dropout"), "1.0 given; accepted: a number at least 0 and below 1. Lower it."),
        (mlp(max_norm=0), (*UNITS[:3], "max_norm"), "0 given; accepted: a number above 0 and at most 1000, or null"),
        (mlp(activation="reluu"), (*UNITS[:3], "activation"), '"reluu" given; accepted: relu, elu'),
        ({"fit": {"epochs": 10**9}}, ("fit", "epochs"), "1000000000 given; accepted: a whole number from 1 to 100000."),
        (adam(learning_rate=math.nan), RATE, "NaN given; accepted: a number above 0 and at most 100. Give a finite"),
        (adam(learning_rate=math.inf), RATE, "Infinity given; accepted: a number above 0"),
        (adam(learning_rate=-0.1), RATE, "-0.1 given; accepted: a number above 0 and at most 100. Raise it."),
        (adam(nesterov=True), ("optimizer", "nesterov"), "unknown field; accepted here: kind, learning_rate"),
        ({"network": {"kind": "resnet"}}, ("network", "kind"), '"resnet" given; accepted: mlp, convnet.'),
        ({"network": {}}, ("network", "kind"), "missing; accepted: mlp, convnet."),
        ({"network": "mlp"}, ("network",), '"mlp" given; accepted: an object whose kind is one of mlp, convnet.'),
        ({"network": {"kind": "convnet", "blocks": []}}, ("network", "blocks"), "[] given; accepted: a list of 1 to"),
        ({"network": {"kind": "mlp", "layers": [{}] * 65}}, ("network", "layers"), "[{}, {}, {}"),
        ({"network": {"kind": "mlp", "layers": [3]}}, UNITS[:3], "3 given; accepted: an object with any of the fields"),
        ({"split": {"stratified": "yes"}}, ("split", "stratified"), '"yes" given; accepted: true or false.'),
        ({"split": {"validation_fraction": 0.6, "test_fraction": 0.6}}, ("split",), "validation and test together"),
        ({"dataset": {"name": ""}}, ("dataset", "name"), '"" given; accepted: text of 1 to 64 characters. Fill it in.'),
        ({"fit": {"early_stopping": 3}}, ("fit", "early_stopping"), "3 given; accepted: an object"),
        ({"fit": None}, ("fit",), "null given; accepted: an object with any of the fields epochs"),
        ({"version": 3}, ("version",), "3 given; accepted: a whole number from 1 to 2. It is the version of a later"),
        ({"version": "1"}, ("version",), '"1" given; accepted: a whole number from 1 to 2. Leave it out'),
        ({"version": True}, ("version",), "true given; accepted: a whole number"),
        ({"epochs": 3}, ("epochs",), "unknown field; accepted here: version, dataset"),
        ([], (), "[] given; accepted: an object with any of the fields version"),
        (None, (), "null given; accepted: an object"),
        ("{}", (), '"{}" given; accepted: an object'),
        ({"seed": 10**5000}, (), "this cannot be written as JSON"),
        ({"seed": object()}, (), "this cannot be written as JSON"),
        ({"dataset": {"name": "\ud800"}}, (), "this cannot be read as JSON"),
    ],
    ids=lambda value: None,
)
def test_a_wrong_value_is_refused_at_its_field(values: Any, path: tuple[Any, ...], message: str) -> None:
    assert refused(values).get(path, "nothing").startswith(message)


@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    values: dict[str, Any] = {}
    for _ in range(depth):
        values = {"network": values}
    assert list(refused(values)) == [()]


def test_a_near_miss_is_answered_with_what_was_meant() -> None:
    assert "Did you mean units?" in refused(mlp(unit=3))[*UNITS[:3], "unit"]
    assert "Did you mean relu?" in refused(mlp(activation="relu "))[*UNITS[:3], "activation"]


def test_all_wrong_fields_are_said_at_once() -> None:
    assert set(refused(mlp(units=0) | {"seed": -1, "fit": {"epochs": 0}})) == {UNITS, ("seed",), ("fit", "epochs")}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first example takes as long as all others
@given(st.dictionaries(st.sampled_from(list(Spec.model_fields)), anything, max_size=4))
def test_whatever_is_given_is_accepted_or_refused_in_words(values: dict[str, Any]) -> None:
    for path, message in refused(values).items():
        assert all(isinstance(step, str | int) for step in path)
        assert not {"mlp", "convnet", "adam"} & set(path)
        assert message
        assert "pydantic" not in message


@given(st.sampled_from(["units", "dropout", "activation", "max_norm"]), anything)
def test_whatever_is_given_inside_a_layer_is_refused_inside_it(field: str, value: Any) -> None:
    assert all(path[:4] == (*UNITS[:3], field) for path in refused(mlp(**{field: value})) if path)


def test_a_partial_spec_is_filled_with_defaults() -> None:
    assert parse_spec({"dataset": {"name": "iris"}}).fit.batch_size == Spec().fit.batch_size
    assert parse_spec({}) == Spec()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_spec_survives_json(name: str) -> None:
    spec = EXAMPLES[name]()
    assert parse_spec(json.loads(json.dumps(spec.to_json()))) == spec


def test_a_problem_is_named_as_the_form_names_the_field() -> None:
    assert Problem(UNITS, "").name == "network.layers.0.units"
