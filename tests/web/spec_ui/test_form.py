"""The form is written from the spec: widgets, labels, problems at their fields."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.http import QueryDict
from pydantic import create_model

from tests.web.every_field import Every, posted
from trainer.data.bundled.catalog import CATALOG
from trainer.spec import Spec
from trainer.spec.fields import field
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from webapp.spec_ui.form import SpecForm
from webapp.spec_ui.schema import SpecField
from webapp.spec_ui.widgets import RowsWidget, SectionWidget, Widget, as_text

pytestmark = pytest.mark.one_database

DIGITS, IRIS, DIABETES = CATALOG["digits"], CATALOG["iris"], CATALOG["diabetes"]


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


def test_hidden_fields_are_not_shown_and_keep_their_default() -> None:
    form = SpecForm.of_post(posted(""), Every)
    assert "secret" not in names_of(form, None)
    assert form.values["secret"] == 7


def test_a_field_is_shown_only_for_data_that_it_applies_to() -> None:
    form = SpecForm.of_post(posted(""), Every)
    assert "only_images" in names_of(form, DIGITS)
    assert "only_images" not in names_of(form, IRIS)


@pytest.mark.parametrize("kept", ["{", "[]", "3", '{"shape:deep": 3}', '{"shape:deep": {"odd": []}}'])
def test_kept_values_that_make_no_sense_do_no_harm(kept: str) -> None:
    post = QueryDict(mutable=True)
    post.update({"_shown.shape": "wide", "shape.kind": "deep", "_kept": kept})
    assert SpecForm.of_post(post, Every).widgets(None).all


def test_values_of_a_part_that_is_switched_off_are_kept_in_the_form() -> None:
    form = SpecForm.of_post(posted("extra=off&extra.rate=0.75"), Every)
    assert form.values["extra"] is None
    assert widget_named(form, "extra.rate").text == "0.75"  # type: ignore[attr-defined]


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
    said = " ".join(map(str, widget.problems)).replace(",", "").replace("_", "")
    assert widget.name == name
    assert given.replace("_", "") in said


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
    marked = {w.name: str(w.before) for t in form.widgets(DIGITS, compare=before).all for w in t.walk() if w.before}
    assert marked == {"fit.epochs": "30", "network.kind": "Multilayer perceptron"}


def test_what_differs_does_so_from_another_run_or_else_from_the_default() -> None:
    form = SpecForm.of_post(posted("fit.epochs=7&network.kind=convnet&_shown.network=convnet"), Spec)
    changed = form.values | {"fit": form.values["fit"] | {"epochs": 8}}
    assert [widget.name for widget in form.widgets(DIGITS, compare=changed).differing] == ["fit.epochs"]
    differing = {widget.name for widget in form.widgets(DIGITS).differing}
    assert {"fit.epochs", "network.kind"} <= differing
    assert differing.isdisjoint({"fit.batch_size", "optimizer", "optimizer.kind", "optimizer.beta_1", "split"})


def test_a_change_is_listed_with_what_it_was_and_is() -> None:
    before = Spec().to_json()
    form = SpecForm.of_post(posted("fit.epochs=7&network.kind=mlp&network.layers=&split.stratified=off"), Spec)
    changed = form.widgets(DIGITS, compare=before).changed
    assert [(str(trail), str(widget.before), str(widget.now)) for widget, trail in changed] == [
        ("Split › Stratified", "on", "off"),
        ("Network › Layers", "2 rows", "0 rows"),
        ("Training › Epochs", "30", "7"),
    ]


@pytest.mark.parametrize(("text", "note"), [("0,3", "Read as 0.3"), ("0.3", ""), ("1,000", "")])
def test_a_decimal_comma_is_shown_as_it_was_understood(text: str, note: str) -> None:
    form = SpecForm.of_post(posted(f"optimizer.kind=sgd&optimizer.learning_rate={text}"), Spec)
    assert str(widget_named(form, "optimizer.learning_rate").note) == note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("abc", "Must be a number greater than 0 and at most 100 (you entered abc)."),
        ("1,000", "Use a point for decimals, and nothing between thousands."),
        ("", "Required. Enter a number greater than 0 and at most 100."),
    ],
)
def test_a_person_reads_of_numbers_and_not_of_quotation_marks(text: str, said: str) -> None:
    form = SpecForm.of_post(posted(f"optimizer.kind=sgd&optimizer.learning_rate={text}"), Spec)
    form.check(partial(parse_spec, typed=True), lambda spec: [])
    [problem] = form.problems
    assert said in str(problem.message)
    assert "quotation" not in str(problem.message)


def options_of(form: SpecForm, name: str, facts: Any) -> dict[str, bool]:
    widget: Any = widget_named(form, name, facts)
    return {str(option.label): option.disabled for option in widget.options}


def test_a_choice_without_a_meaning_for_the_data_cannot_be_made_and_says_why() -> None:
    form = SpecForm.of_values(Spec().to_json(), Spec)
    options = options_of(form, "network.kind", IRIS)
    assert not options["Multilayer perceptron"]
    assert options["Convolutional network (images only)"]
    assert not any(options_of(form, "network.kind", DIGITS).values())
    assert options_of(form, "output.loss.kind", IRIS)["Huber (regression only)"]
    assert options_of(form, "output.loss.kind", DIABETES)["Cross-entropy (classification or several labels only)"]
    assert not options_of(form, "output.loss.kind", DIABETES)["Huber"]


def test_a_choice_that_was_made_before_the_data_changed_stays_chosen() -> None:
    form = SpecForm.of_post(posted("network.kind=convnet"), Spec, facts=IRIS)
    assert not options_of(form, "network.kind", IRIS)["Convolutional network (images only)"]


def test_the_own_test_split_is_asked_of_data_that_has_one() -> None:
    form = SpecForm.of_values(Spec().to_json(), Spec)
    assert "split.official_test" not in names_of(form, DIGITS)
    assert "split.official_test" in names_of(form, CATALOG["mnist"])


@pytest.mark.parametrize("facts", [DIGITS, IRIS, DIABETES])
def test_labels_and_help_are_those_of_the_spec(facts: Any) -> None:
    for top in SpecForm.of_values(Spec().to_json(), Spec).widgets(facts).all:
        assert all(widget.label for widget in top.walk())
        assert top.help


def test_a_choice_between_parts_inside_of_a_section_says_what_it_is_for() -> None:
    form = SpecForm.of_values(Spec().to_json(), Spec)
    freeze, chosen = (widget_named(form, name) for name in ("transfer.freeze", "transfer.freeze.kind"))
    assert (str(chosen.label), chosen.help, chosen.source) == ("Freeze", freeze.help, freeze.source)
    assert chosen.help
    assert not widget_named(form, "optimizer.kind").help  # it is below the heading


def test_a_field_added_to_a_part_appears_in_the_form_without_a_line_changed() -> None:
    added = (float, field(0.0, label="Label smoothing", help="Softer targets.", ge=0.0, lt=1.0, unit="share"))
    smoothed = create_model("Smoothed", __base__=Spec, smoothing=added)
    form = SpecForm.of_post(posted("smoothing=0.1"), smoothed)
    widget = widget_named(form, "smoothing", DIGITS)
    assert (str(widget.label), str(widget.unit), form.values["smoothing"]) == ("Label smoothing", "share", 0.1)
    assert str(widget.accepted) == "A number, at least 0 and less than 1."


@pytest.mark.parametrize(("value", "text"), [(1e-07, "1e-07"), (3.0, "3"), (0.1, "0.1"), (None, ""), (True, "on")])
def test_values_are_shown_without_needless_digits(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_every_field_of_the_spec_has_a_label() -> None:
    assert all(isinstance(found, SpecField) and found.label for found in _all_fields())


def _all_fields() -> list[SpecField]:
    from webapp.spec_ui.schema import Section, fields_of

    return [
        f for top in fields_of(Spec) for f in (fields_of(top.kind.model) if isinstance(top.kind, Section) else [top])
    ]
