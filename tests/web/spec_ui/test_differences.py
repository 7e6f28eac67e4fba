"""What differs between two specs is written with the labels of the spec."""

from __future__ import annotations

from typing import Any

import pytest

from trainer.spec import Spec
from trainer.spec.fields import field
from trainer.validation.parsing import parse_spec
from webapp.spec_ui.differences import ABSENT, SpecDifference, differences, leaves
from webapp.spec_ui.schema import FieldPath
from webapp.spec_ui.words import counted


def spec(**values: Any) -> dict[str, Any]:
    return parse_spec(values).to_json()


def network(*units: int) -> dict[str, Any]:
    return {"kind": "mlp", "layers": [{"units": number} for number in units]}


def told(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(str(found.label), str(found.a), str(found.b)) for found in differences(a, b)]


def in_english(found: SpecDifference) -> tuple[str, FieldPath, str, str]:
    return str(found.label), found.path, str(found.a), str(found.b)


def test_equal_specs_do_not_differ() -> None:
    assert differences(spec(), spec()) == []


def test_a_value_in_a_list_is_named_by_its_position() -> None:
    [found] = differences(spec(network=network(64, 128)), spec(network=network(64, 256)))
    assert in_english(found) == (
        "Network › Layers › 2 › Units",
        ("network", "layers", 1, "units"),
        "128",
        "256",
    )


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(2, "devices", "2 devices"), (1, "devices", "1 device"), (1, "batches", "1 batch"), (0.15, "fraction", "0.15")],
)
def test_a_value_agrees_with_its_unit(value: float, unit: str, words: str) -> None:
    assert str(counted(str(value), value, unit)) == words


def test_units_and_options_are_in_words() -> None:
    a, b = spec(), spec(fit={"epochs": 7}, normalization={"inputs": "standardize"})
    assert told(a, b) == [
        ("Normalisation › Inputs", "Auto", "Mean 0, variance 1"),
        ("Training › Epochs", "30 epochs", "7 epochs"),
    ]


def test_another_kind_comes_first_then_the_fields_that_only_one_has() -> None:
    found = told(spec(), spec(optimizer={"kind": "sgd", "learning_rate": 0.001}))
    assert found[0] == ("Optimiser", "Adam", "SGD")
    assert ("Optimiser › Beta 1", "0.9", ABSENT) in found
    assert ("Optimiser › Momentum", ABSENT, "0.9") in found
    assert not any(label == "Optimiser › Learning rate" for label, _, _ in found)


def test_a_part_that_is_switched_on_says_so() -> None:
    found = told(spec(), spec(fit={"early_stopping": {"patience": 3}}))
    assert found[0] == ("Training › Early stopping", "off", "on")
    assert found[1] == ("Training › Early stopping › Patience", ABSENT, "3 epochs")


def test_a_run_from_before_a_field_was_there_has_its_default() -> None:
    older, newer = spec(), spec(computation={"data": "streamed"})
    del older["computation"]["data"], older["checkpoints"]
    assert told(older, spec()) == []
    assert told(older, newer) == [("Computation › Training data", "Automatic", "Streamed")]


def test_a_longer_list_shows_the_rows_that_are_only_in_one() -> None:
    found = told(spec(network=network(64)), spec(network=network(64, 32)))
    assert found[0] == ("Network › Layers › 2 › Units", ABSENT, "32")
    assert all(label.startswith("Network › Layers › 2") for label, _, _ in found)


def test_empty_and_yes_and_no_are_words() -> None:
    layers = {"kind": "mlp", "layers": [{"constraint": {"kind": "max_norm", "value": 3.0}}]}
    a, b = spec(network=layers, split={"stratified": False}), spec(network={"kind": "mlp", "layers": [{}]})
    constraint = "Network › Layers › 1 › Constraint"
    assert told(a, b) == [
        ("Split › Stratified", "no", "yes"),
        (constraint, "Max-norm", "none"),
        (f"{constraint} › Largest norm", "3", ABSENT),
    ]


def test_what_the_system_fills_in_is_no_difference() -> None:
    assert told(spec(), spec(dataset={"content_hash": "0" * 64})) == []


def test_fields_that_this_version_does_not_know_are_named_by_their_path() -> None:
    old = spec() | {"legacy": {"depth": [1, 2]}}
    assert told(old, spec()) == [("legacy › depth › 1", "1", ABSENT), ("legacy › depth › 2", "2", ABSENT)]


class Smoothed(Spec):
    """A spec with one more field."""

    smoothing: float = field(0.0, label="Label smoothing", help="Softer targets.", unit="share")


def test_a_field_added_to_the_spec_appears_without_a_line_changed() -> None:
    a, b = Smoothed().to_json(), Smoothed(smoothing=0.1).to_json()
    [found] = differences(a, b, Smoothed)
    assert in_english(found) == ("Label smoothing", ("smoothing",), "0 share", "0.1 share")


def test_every_leaf_has_a_short_label_for_the_head_of_a_column() -> None:
    found = leaves(spec(network=network(64)))
    assert str(found["network", "layers", 0, "units"].short) == "Units 1"
    assert str(found["optimizer", "learning_rate"].short) == "Learning rate"
