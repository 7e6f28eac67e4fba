"""The form is written from the spec, and what is posted comes back as plain values of the right types."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest
from django.http import QueryDict
from pydantic import create_model

from trainer.data.catalog import CATALOG
from trainer.fields import Part, field
from trainer.problems import check_spec, parse_spec
from trainer.spec import Spec
from webapp.runs.specform import SpecForm
from webapp.runs.specform.schema import FieldFacts
from webapp.runs.specform.widgets import RowsWidget, SectionWidget, Widget, as_text

DIGITS, IRIS, DIABETES = CATALOG["digits"], CATALOG["iris"], CATALOG["diabetes"]


class Inner(Part):
    """An inner part."""

    rate: float = field(0.5, label="Rate", help="A rate.", gt=0.0, le=1.0)


class Wide(Part):
    """The wide kind."""

    kind: Literal["wide"] = "wide"
    size: int = field(4, label="Size", help="A size.", ge=1)


class Deep(Part):
    """The deep kind."""

    kind: Literal["deep"] = "deep"
    size: int = field(8, label="Size", help="A size.", ge=1)
    depth: int = field(2, label="Depth", help="A depth.", ge=1)


class Every(Part):
    """One field of every kind."""

    count: int = field(1, label="Count", help="A count.", ge=1, le=9)
    share: float = field(0.1, label="Share", help="A share.")
    bound: float | None = field(None, label="Bound", help="A bound.")
    title: str = field("x", label="Title", help="A title.")
    on: bool = field(True, label="On", help="A switch.")
    colour: Literal["red", "green"] = field("red", label="Colour", help="One of two.")
    number: Literal[1, 2] = field(1, label="Number", help="One of two numbers.")
    inner: Inner = field(Inner, label="Inner", help="A part.")
    extra: Inner | None = field(None, label="Extra", help="A part that may be off.")
    rows: tuple[Inner, ...] = field(lambda: (Inner(),), label="Rows", help="A list.", min_length=1, max_length=3)
    sizes: tuple[int, ...] = field(lambda: (3, 4), label="Sizes", help="A list of numbers.")
    shape: Wide | Deep = field(Wide, label="Shape", help="A choice.", discriminator="kind")
    secret: int = field(7, label="Secret", help="Filled in by the system.", hidden=True)
    only_images: int = field(1, label="Only images", help="For images.", applies_to=("image",))


def posted(text: str) -> QueryDict:
    return QueryDict(text, mutable=False)


def values_of(text: str, root: type[Part] = Every) -> dict[str, Any]:
    return SpecForm.of_post(posted(text), root).values


def widget_named(form: SpecForm, name: str, facts: Any = None) -> Widget:
    widgets = form.widgets(facts)
    return next(found for top in widgets.all for found in top.walk() if found.name == name)


def names_of(form: SpecForm, facts: Any) -> set[str]:
    return {found.name for top in form.widgets(facts).all for found in top.walk()}


def as_posted(form: SpecForm, facts: Any = None) -> QueryDict:
    """What a browser would send of the form as it is shown."""
    pairs = [(found, found.name) for top in form.widgets(facts).all for found in top.walk()]
    post = QueryDict(mutable=True)
    for widget, name in pairs:
        for value in _sent(widget):
            post.appendlist(name, value)
    return post


def _sent(widget: Any) -> list[str]:
    if isinstance(widget, RowsWidget):
        return [""]
    if isinstance(widget, SectionWidget):
        return ["off", "on"] if widget.optional and widget.on else ["off"] if widget.optional else []
    if hasattr(widget, "options"):
        return [option.value for option in widget.options if option.chosen]
    if hasattr(widget, "on"):
        return ["off", "on"] if widget.on else ["off"]
    return [widget.text] if hasattr(widget, "text") else []


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
        ("share=0,5", "share", "0,5"),
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
    assert math.isnan(values["share"]) and values["bound"] == -math.inf


def test_a_huge_digit_string_stays_text() -> None:
    assert values_of(f"count={'9' * 5000}")["count"] == "9" * 5000


def test_hidden_fields_are_not_shown_and_keep_their_default() -> None:
    form = SpecForm.of_post(posted(""), Every)
    assert "secret" not in names_of(form, None) and form.values["secret"] == 7


def test_a_field_is_shown_only_for_data_that_it_applies_to() -> None:
    form = SpecForm.of_post(posted(""), Every)
    assert "only_images" in names_of(form, DIGITS)
    assert "only_images" not in names_of(form, IRIS)


def test_unknown_names_are_refused_but_not_those_of_the_page_around() -> None:
    form = SpecForm.of_post(posted("count=1&depth=3&_change=x&run-name=y&csrfmiddlewaretoken=z"), Every)
    assert [problem.path for problem in form.problems] == [("depth",)]
    assert "depth" in form.problems[0].message


def test_fields_of_a_kind_that_is_not_chosen_are_unknown() -> None:
    form = SpecForm.of_post(posted("shape.kind=wide&shape.depth=3"), Every)
    assert [problem.name for problem in form.problems] == ["shape.depth"]


def test_a_changed_kind_moves_what_was_set_and_takes_the_new_defaults_for_the_rest() -> None:
    form = SpecForm.of_post(posted("_shown.shape=wide&shape.kind=deep&shape.size=11"), Every)
    assert form.values["shape"] == {"kind": "deep", "size": 11, "depth": 2}
    assert form.state.changed_kinds == ["shape"] and not form.problems


def test_a_default_of_the_old_kind_does_not_move() -> None:
    assert values_of("_shown.shape=wide&shape.kind=deep&shape.size=4")["shape"]["size"] == 8


def test_going_back_to_a_kind_finds_its_values_again() -> None:
    there = SpecForm.of_post(posted("_shown.shape=deep&shape.kind=wide&shape.size=8&shape.depth=5"), Every)
    back = QueryDict(mutable=True)
    back.update({"_shown.shape": "wide", "shape.kind": "deep", "shape.size": "4", "_kept": there.kept})
    assert SpecForm.of_post(back, Every).values["shape"] == {"kind": "deep", "size": 8, "depth": 5}


@pytest.mark.parametrize("kept", ["{", "[]", "3", '{"shape:deep": 3}', '{"shape:deep": {"odd": []}}'])
def test_kept_values_that_make_no_sense_do_no_harm(kept: str) -> None:
    post = QueryDict(mutable=True)
    post.update({"_shown.shape": "wide", "shape.kind": "deep", "_kept": kept})
    assert SpecForm.of_post(post, Every).widgets(None).all


def test_values_of_a_part_that_is_switched_off_are_kept_in_the_form() -> None:
    form = SpecForm.of_post(posted("extra=off&extra.rate=0.75"), Every)
    assert form.values["extra"] is None
    assert widget_named(form, "extra.rate").text == "0.75"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "rates"),
    [
        ("add:rows", [0.1, 0.2, 0.5]),
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


def test_a_list_keeps_its_limits() -> None:
    form = SpecForm.of_post(posted("rows=&rows.0.rate=0.1"), Every)
    form.change("remove:rows.0")
    for _ in range(5):
        form.change("add:rows")
    assert len(form.values["rows"]) == 3


@pytest.mark.parametrize("dataset", list(CATALOG))
@pytest.mark.parametrize("family", ["mlp", "convnet"])
def test_a_form_that_is_sent_as_shown_gives_the_same_spec(dataset: str, family: str) -> None:
    spec = parse_spec({"dataset": {"name": dataset}, "network": {"kind": family}, "fit": {"early_stopping": {}}})
    post = as_posted(SpecForm.of_values(spec.to_json(), Spec), CATALOG[dataset])
    assert parse_spec(SpecForm.of_post(post, Spec).values) == spec


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        ("optimizer.kind=adam&optimizer.learning_rate=NaN", "optimizer.learning_rate", "NaN"),
        ("fit.batch_size=-1", "fit.batch_size", "-1"),
        ("network.kind=mlp&network.layers=&network.layers.0.units=0", "network.layers.0.units", "0"),
        ("fit.epochs=1e9", "fit.epochs", "1000000000"),
        ("fit.epochs=many", "fit.epochs", "many"),
        ("fit.epochs=", "fit.epochs", ""),
        ("seed=1.5", "seed", "1.5"),
        ("network.kind=transformer", "network.kind", "transformer"),
        ("fit.batch_size=5000", "fit.batch_size", "5000"),
        ("normalization.inputs=magic", "normalization.inputs", "magic"),
        ("network.kind=convnet&network.blocks=", "network.blocks", ""),
        ("fit.early_stopping=on&fit.early_stopping.patience=0", "fit.early_stopping.patience", "0"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field_with_what_was_given(text: str, name: str, given: str) -> None:
    form = SpecForm.of_post(posted(text), Spec)
    form.check(parse_spec, lambda spec: check_spec(spec, DIGITS))
    [(widget, _)] = form.widgets(DIGITS).wrong
    said = " ".join(widget.problems).replace(",", "").replace("_", "")
    assert widget.name == name and given.replace("_", "") in said


def test_a_convnet_on_a_table_is_refused_at_the_network() -> None:
    form = SpecForm.of_post(posted("dataset.name=iris&network.kind=convnet"), Spec)
    form.check(parse_spec, lambda spec: check_spec(spec, IRIS))
    assert {widget.name.split(".")[0] for widget, _ in form.widgets(IRIS).wrong} == {"network"}
    assert form.spec is None


def test_a_problem_without_a_field_of_its_own_goes_to_the_nearest_around_it() -> None:
    form = SpecForm.of_post(posted("split.validation_fraction=0.6&split.test_fraction=0.6"), Spec)
    form.check(parse_spec, lambda spec: [])
    assert [widget.name for widget, _ in form.widgets(DIGITS).wrong] == ["split"]


@pytest.mark.parametrize(("epsilon", "opens"), [("0", True), ("1e-7", False)])
def test_wrong_advanced_fields_open_their_fold(epsilon: str, opens: bool) -> None:
    form = SpecForm.of_post(posted(f"optimizer.kind=adam&optimizer.epsilon={epsilon}"), Spec)
    form.check(parse_spec, lambda spec: [])
    optimizer = widget_named(form, "optimizer", DIGITS)
    assert [part.opens_advanced for part in optimizer.parts if isinstance(part, SectionWidget)] == [opens]


def test_what_differs_from_another_run_is_marked() -> None:
    before = Spec().to_json()
    form = SpecForm.of_post(posted("fit.epochs=7&network.kind=convnet&_shown.network=mlp"), Spec)
    marked = {w.name: w.before for t in form.widgets(DIGITS, compare=before).all for w in t.walk() if w.before}
    assert marked == {"fit.epochs": "30", "network.kind": "Multilayer perceptron"}


@pytest.mark.parametrize("facts", [DIGITS, IRIS, DIABETES])
def test_labels_and_help_are_those_of_the_spec(facts: Any) -> None:
    for top in SpecForm.of_values(Spec().to_json(), Spec).widgets(facts).all:
        assert all(widget.label for widget in top.walk())
        assert top.help


def test_a_field_added_to_a_part_appears_in_the_form_without_a_line_changed() -> None:
    added = (float, field(0.0, label="Label smoothing", help="Softer targets.", ge=0.0, lt=1.0, unit="share"))
    Smoothed = create_model("Smoothed", __base__=Spec, smoothing=added)
    form = SpecForm.of_post(posted("smoothing=0.1"), Smoothed)
    widget = widget_named(form, "smoothing", DIGITS)
    assert (widget.label, widget.unit, form.values["smoothing"]) == ("Label smoothing", "share", 0.1)
    assert widget.accepted == "A number, at least 0 and less than 1."


@pytest.mark.parametrize(("value", "text"), [(1e-07, "1e-07"), (3.0, "3"), (0.1, "0.1"), (None, ""), (True, "on")])
def test_values_are_shown_without_needless_digits(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_every_field_of_the_spec_has_a_label() -> None:
    assert all(isinstance(found, FieldFacts) and found.label for found in _all_fields())


def _all_fields() -> list[FieldFacts]:
    from webapp.runs.specform.schema import Section, fields_of

    return [f for top in fields_of(Spec) for f in (fields_of(top.kind.model) if isinstance(top.kind, Section) else [top])]
