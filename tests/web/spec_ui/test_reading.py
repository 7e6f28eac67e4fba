"""What is posted comes back as plain values of the right types; buttons change rows and kinds."""

from __future__ import annotations

import math
from typing import Any

import pytest
from django.http import QueryDict

from tests.web.every_field import Every, posted, values_of
from trainer.data.bundled.catalog import CATALOG
from webapp.spec_ui.form import SpecForm

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("count=3", "count", 3),
        ("count=1e9", "count", 1_000_000_000),
        ("count=1.5", "count", 1.5),
        ("count=three", "count", "three"),
        ("count=", "count", ""),
        ("share=2", "share", 2.0),
        ("share=1e-3", "share", 0.001),
        ("share=0,5", "share", 0.5),
        ("share=-,25", "share", -0.25),
        ("share=0,125", "share", 0.125),
        ("share=12,5", "share", 12.5),
        ("share=1,000", "share", "1,000"),
        ("share=12,345", "share", "12,345"),
        ("share=1,2,3", "share", "1,2,3"),
        ("count=4,0", "count", 4),
        ("count=1,5", "count", 1.5),
        ("bound=", "bound", None),
        ("bound=+.5", "bound", 0.5),
        ("title= abc ", "title", "abc"),
        ("on=off", "on", False),
        ("on=off&on=on", "on", True),
        ("on=perhaps", "on", "perhaps"),
        ("colour=green", "colour", "green"),
        ("colour=blue", "colour", "blue"),
        ("number=2", "number", 2),
        ("inner.rate=0.25", "inner", {"rate": 0.25}),
        ("extra=off", "extra", None),
        ("extra=off&extra=on&extra.rate=1", "extra", {"rate": 1.0}),
        ("rows=", "rows", []),
        ("rows=&rows.0.rate=1&rows.7.rate=0.5", "rows", [{"rate": 1.0}, {"rate": 0.5}]),
        ("sizes=&sizes.0=5", "sizes", [5]),
        ("shape.kind=deep&shape.size=9&shape.depth=3", "shape", {"kind": "deep", "size": 9, "depth": 3}),
        ("shape.kind=tall", "shape", {"kind": "tall"}),
    ],
)
def test_posted_text_becomes_the_value_it_stands_for(text: str, name: str, value: Any) -> None:
    assert values_of(text)[name] == value


def test_what_is_not_posted_has_its_default() -> None:
    assert values_of("") == Every().model_dump(mode="json")


def test_nan_and_infinity_reach_the_parser_as_numbers() -> None:
    values = values_of("share=NaN&bound=-inf")
    assert math.isnan(values["share"])
    assert values["bound"] == -math.inf


def test_a_huge_digit_string_stays_text() -> None:
    assert values_of(f"count={'9' * 5000}")["count"] == "9" * 5000


def test_unknown_names_are_refused_but_not_those_of_the_page_around() -> None:
    form = SpecForm.of_post(posted("count=1&depth=3&_change=x&run-name=y&csrfmiddlewaretoken=z"), Every)
    assert [problem.path for problem in form.problems] == [("depth",)]
    assert "depth" in str(form.problems[0].message)


def test_fields_of_a_kind_that_is_not_chosen_are_unknown() -> None:
    form = SpecForm.of_post(posted("shape.kind=wide&shape.depth=3"), Every)
    assert [problem.name for problem in form.problems] == ["shape.depth"]


def test_a_changed_kind_moves_what_was_set_and_takes_the_new_defaults_for_the_rest() -> None:
    form = SpecForm.of_post(posted("_shown.shape=wide&shape.kind=deep&shape.size=11"), Every)
    assert form.values["shape"] == {"kind": "deep", "size": 11, "depth": 2}
    assert form.state.changed_kinds == ["shape"]
    assert not form.problems


def test_a_default_of_the_old_kind_does_not_move() -> None:
    assert values_of("_shown.shape=wide&shape.kind=deep&shape.size=4")["shape"]["size"] == 8


def test_going_back_to_a_kind_finds_its_values_again() -> None:
    there = SpecForm.of_post(posted("_shown.shape=deep&shape.kind=wide&shape.size=8&shape.depth=5"), Every)
    back = QueryDict(mutable=True)
    back.update({"_shown.shape": "wide", "shape.kind": "deep", "shape.size": "4", "_kept": there.kept})
    assert SpecForm.of_post(back, Every).values["shape"] == {"kind": "deep", "size": 8, "depth": 5}


@pytest.mark.parametrize(
    ("change", "rates"),
    [
        ("add:rows", [0.1, 0.2, 0.2]),
        ("remove:rows.0", [0.2]),
        ("duplicate:rows.0", [0.1, 0.1, 0.2]),
        ("up:rows.1", [0.2, 0.1]),
        ("down:rows.0", [0.2, 0.1]),
        ("up:rows.0", [0.1, 0.2]),
        ("remove:rows.9", [0.1, 0.2]),
        ("add:nowhere", [0.1, 0.2]),
        ("remove:count.0", [0.1, 0.2]),
        ("show", [0.1, 0.2]),
    ],
)
def test_rows_change_as_the_button_says(change: str, rates: list[float]) -> None:
    form = SpecForm.of_post(posted("rows=&rows.0.rate=0.1&rows.1.rate=0.2"), Every)
    form.change(change)
    assert [row["rate"] for row in form.values["rows"]] == rates


def test_a_first_row_has_the_defaults() -> None:
    form = SpecForm.of_post(posted("rows="), Every)
    form.change("add:rows")
    assert form.values["rows"] == [{"rate": 0.5}]


@pytest.mark.parametrize(
    ("change", "focus"),
    [
        ("down:rows.0", "down:rows.1"),
        ("down:rows.1", "up:rows.2"),
        ("up:rows.2", "up:rows.1"),
        ("up:rows.1", "down:rows.0"),
        ("remove:rows.0", "remove:rows.0"),
        ("remove:rows.2", "remove:rows.1"),
        ("remove:sizes.0", "add:sizes"),
        ("add:sizes", "sizes.1"),
        ("check", ""),
    ],
)
def test_the_focus_follows_the_row_or_goes_to_its_neighbour(change: str, focus: str) -> None:
    form = SpecForm.of_post(posted("rows=&rows.0.rate=1&rows.1.rate=1&rows.2.rate=1&sizes=&sizes.0=3"), Every)
    form.change(change)
    assert form.focus == focus


def test_the_focus_of_a_new_row_goes_to_its_first_field() -> None:
    form = SpecForm.of_post(posted("rows=&rows.0.rate=1"), Every)
    form.change("duplicate:rows.0")
    assert form.widgets(None).first_field(form.focus) == "rows.1.rate"


@pytest.mark.parametrize(
    ("text", "reset", "name", "value"),
    [
        ("count=5", "count", "count", 1),
        ("inner.rate=0.25", "inner.rate", "inner", {"rate": 0.5}),
        ("rows=&rows.0.rate=0.1", "rows.0.rate", "rows", [{"rate": 0.5}]),
        ("rows=&rows.0.rate=0.1&rows.1.rate=0.2", "rows", "rows", [{"rate": 0.5}]),
        ("extra=on&extra.rate=0.1", "extra", "extra", None),
        ("shape.kind=deep&shape.size=9", "shape.kind", "shape", {"kind": "wide", "size": 4}),
        ("count=5", "nowhere.0.x", "count", 5),
    ],
)
def test_a_change_is_reset_to_what_it_was(text: str, reset: str, name: str, value: Any) -> None:
    form = SpecForm.of_post(posted(text), Every)
    form.change(f"reset:{reset}", Every().model_dump(mode="json"))
    assert form.values[name] == value


def test_a_field_without_a_meaning_for_the_data_keeps_its_value_until_it_has_one_again() -> None:
    away = SpecForm.of_post(posted("only_images=7"), Every, facts=CATALOG["iris"])
    assert away.values["only_images"] == Every().only_images
    further = QueryDict(mutable=True)
    further["_kept"] = away.kept
    away = SpecForm.of_post(further, Every, facts=CATALOG["diabetes"])
    back = QueryDict(mutable=True)
    back["_kept"] = away.kept
    assert SpecForm.of_post(back, Every, facts=CATALOG["digits"]).values["only_images"] == 7


def test_a_list_keeps_its_limits() -> None:
    form = SpecForm.of_post(posted("rows=&rows.0.rate=0.1"), Every)
    form.change("remove:rows.0")
    for _ in range(5):
        form.change("add:rows")
    assert len(form.values["rows"]) == 3
