"""Every wrong value is refused at its field, in our own words."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainer.material import refused
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Network, Spec
from trainer.spec.fields import titles_of
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import EXAMPLES

UNITS = ("network", "layers", 0, "units")
RATE = ("optimizer", "learning_rate")
FAMILIES = ", ".join(titles_of(Network))


def mlp(**layer: Any) -> dict[str, Any]:
    return {"network": {"kind": "mlp", "layers": [layer]}}


def adam(**fields: Any) -> dict[str, Any]:
    return {"optimizer": {"kind": "adam", **fields}}


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        (mlp(units=-1), UNITS, "Must be from 1 to 65,536 (given: -1)."),
        (mlp(units=0), UNITS, "Must be from 1 to 65,536 (given: 0)."),
        (mlp(units="32"), UNITS, 'Must be a whole number from 1 to 65,536 (given: "32"). Write it as a number,'),
        (mlp(units=True), UNITS, "Must be a whole number from 1 to 65,536 (given: true)."),
        (mlp(units=1.5), UNITS, "Must be a whole number from 1 to 65,536 (given: 1.5)."),
        (mlp(units=math.nan), UNITS, "Must be a whole number from 1 to 65,536 (given: NaN)."),
        (mlp(units=None), UNITS, "Must be a whole number from 1 to 65,536 (given: null)."),
        (mlp(unit=3), (*UNITS[:3], "unit"), "Unknown field. Accepted here: units, activation"),
        (mlp(dropout=1.0), (*UNITS[:3], "dropout"), "Must be at least 0 and less than 1 (given: 1.0)."),
        (mlp(max_norm=0), (*UNITS[:3], "max_norm"), "Must be greater than 0 and at most 1,000 (given: 0)."),
        (mlp(activation="reluu"), (*UNITS[:3], "activation"), "Must be one of relu, elu"),
        ({"fit": {"epochs": 10**9}}, ("fit", "epochs"), "Must be from 1 to 100,000 (given: 1000000000)."),
        (adam(learning_rate=math.nan), RATE, "Must be a number greater than 0 and at most 100 (given: NaN)."),
        (adam(learning_rate=math.inf), RATE, "Must be a number greater than 0 and at most 100 (given: Infinity)."),
        (adam(learning_rate=-0.1), RATE, "Must be greater than 0 and at most 100 (given: -0.1)."),
        (adam(nesterov=True), ("optimizer", "nesterov"), "Unknown field. Accepted here: kind, learning_rate"),
        ({"network": {"kind": "rnn"}}, ("network", "kind"), f'Must be one of {FAMILIES} (given: "rnn").'),
        ({"network": {}}, ("network", "kind"), f"Missing. Must be one of {FAMILIES}."),
        ({"network": "mlp"}, ("network",), f'Must be an object whose kind is one of {FAMILIES} (given: "mlp").'),
        (
            {"network": {"kind": "convnet", "blocks": []}},
            ("network", "blocks"),
            "Must be a list of 1 to 64 entries (given: []). Add",
        ),
        (
            {"network": {"kind": "mlp", "layers": [{}] * 65}},
            ("network", "layers"),
            "Must be a list of at most 64 entries (given: [{}, {}, {}",
        ),
        ({"network": {"kind": "mlp", "layers": [3]}}, UNITS[:3], "Must be an object with any of the fields"),
        ({"split": {"stratified": "yes"}}, ("split", "stratified"), 'Must be true or false (given: "yes").'),
        ({"split": {"validation_fraction": 0.6, "test_fraction": 0.6}}, ("split",), "Validation and test together"),
        ({"dataset": {"name": ""}}, ("dataset", "name"), 'Must be text of 1 to 64 characters (given: ""). Fill it in.'),
        ({"fit": {"early_stopping": 3}}, ("fit", "early_stopping"), "Must be an object"),
        ({"fit": None}, ("fit",), "Must be an object with any of the fields epochs"),
        ({"version": 3}, ("version",), "Must be a whole number from 1 to 2 (given: 3). It belongs to a later"),
        ({"version": "1"}, ("version",), 'Must be a whole number from 1 to 2 (given: "1"). Leave it out'),
        ({"version": True}, ("version",), "Must be a whole number from 1 to 2 (given: true)."),
        ({"epochs": 3}, ("epochs",), "Unknown field. Accepted here: version, dataset"),
        ([], (), "Must be an object with any of the fields version"),
        (None, (), "Must be an object"),
        ("{}", (), "Must be an object"),
        ({"seed": 10**5000}, (), "This cannot be written as JSON"),
        ({"seed": object()}, (), "This cannot be written as JSON"),
        ({"dataset": {"name": "\ud800"}}, (), "This cannot be read as JSON"),
    ],
    ids=lambda value: None,
)
def test_a_wrong_value_is_refused_at_its_field(values: Any, path: tuple[Any, ...], message: str) -> None:
    assert str(refused(values).get(path, "nothing")).startswith(message)


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        (mlp(dropout=1.5), (*UNITS[:3], "dropout"), "Must be at least 0 and less than 1 (you entered 1.5)."),
        (adam(learning_rate=7000.0), RATE, "Must be greater than 0 and at most 100 (you entered 7000)."),
        (mlp(units="abc"), UNITS, "Must be a whole number from 1 to 65,536 (you entered abc)."),
        (mlp(units=""), UNITS, "Required. Enter a whole number from 1 to 65,536."),
        (
            adam(learning_rate="1,000"),
            RATE,
            (
                "Must be a number greater than 0 and at most 100 (you entered 1,000). "
                "Use a point for decimals, and nothing between thousands."
            ),
        ),
        (
            mlp(max_norm="big"),
            (*UNITS[:3], "max_norm"),
            "Must be a number greater than 0 and at most 1,000, or empty for none (you entered big).",
        ),
    ],
)
def test_a_person_is_told_nothing_of_json(values: Any, path: tuple[Any, ...], message: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(values, typed=True)
    assert {problem.path: str(problem.message) for problem in error.value.problems} == {path: message}


@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_nesting_is_refused(depth: int) -> None:
    values: dict[str, Any] = {}
    for _ in range(depth):
        values = {"network": values}
    assert list(refused(values)) == [()]


def test_a_near_miss_is_answered_with_what_was_meant() -> None:
    assert "Did you mean units?" in str(refused(mlp(unit=3))[*UNITS[:3], "unit"])
    assert "Did you mean relu?" in str(refused(mlp(activation="relu "))[*UNITS[:3], "activation"])


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
        assert str(message)
        assert "pydantic" not in str(message)


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
    assert Problem(UNITS, Message("")).name == "network.layers.0.units"
