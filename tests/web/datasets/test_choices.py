"""The form that corrects what was understood: what is not touched stays a guess, what is changed is chosen."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tests.trainer.data.own.made import classes, zipped
from trainer.data.own.choices import Choices, ColumnChoice
from trainer.data.own.importing import understand
from webapp.datasets.models import Upload
from webapp.pages.datasets.choices_form import choices_form

pytestmark = pytest.mark.one_database
LINES = [f"{n},{n % 7},{['red', 'blue', ''][n % 3]},{['good', 'scrap'][n % 2]}" for n in range(60)]
ROWS = "\n".join(["number,length,colour,quality", *LINES])
# What a browser sends when nothing was changed.
AS_SHOWN = {
    "title": "parts",
    "classes": "good\r\nscrap",
    "target": "quality",
    "task": "auto",
    "missing_rows": "keep",
    "delimiter": "auto",
    "header": "auto",
    "encoding": "auto",
    "decimal": "auto",
    "type-0": "number",
    "role-0": "out",
    "type-1": "number",
    "role-1": "input",
    "type-2": "category",
    "role-2": "input",
    "type-3": "category",
}
PICTURES_AS_SHOWN = {
    "title": "x",
    "classes": "cat\ndog",
    "height": 9,
    "width": 9,
    "resize": "crop",
    "colour": "auto",
    "task": "auto",
}


def upload_of(path, choices=None):
    known = choices or Choices(title="parts")
    found = json.loads(json.dumps(understand(path, known).to_json()))
    return Upload(file_name=path.name, num_bytes=9, received_bytes=9, understood=found, choices=known.model_dump())


@pytest.fixture
def table(tmp_path):
    (tmp_path / "parts.csv").write_text(ROWS)
    return tmp_path / "parts.csv"


def chosen(upload, **changes):
    form = choices_form(upload, AS_SHOWN | changes)
    assert form.is_valid(), form.errors
    return form.choices


@pytest.mark.parametrize(("name", "is_text"), [("parts.csv", True), ("Parts.XLSX", False)])
def test_only_a_file_of_text_has_an_encoding(name, is_text, table):
    upload = upload_of(table)
    upload.file_name = name
    form = choices_form(upload, AS_SHOWN)
    assert form.is_valid(), form.errors
    assert all((field in form.fields) == is_text for field in ("delimiter", "encoding", "decimal"))
    assert form.choices.encoding == "auto"


def test_what_is_sent_as_it_was_shown_chooses_nothing(table):
    assert chosen(upload_of(table)) == Choices(title="parts")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"role-0": "input"}, {"columns": (ColumnChoice(name="number", role="input"),)}),
        ({"role-2": "out"}, {"columns": (ColumnChoice(name="colour", role="out"),)}),
        ({"type-1": "category"}, {"columns": (ColumnChoice(name="length", type="category"),)}),
        ({"target": "colour"}, {"target": "colour"}),
        ({"classes": "scrap\r\n\r\n good "}, {"classes": ("scrap", "good")}),
        ({"classes": "scrap\ngood", "target": "colour"}, {"target": "colour"}),
        ({"missing_rows": "drop"}, {"missing_rows": "drop"}),
    ],
)
def test_what_is_changed_is_chosen(changes, expected, table):
    assert chosen(upload_of(table), **changes) == Choices(title="parts").model_copy(update=expected)


def test_what_was_chosen_stays_and_can_be_taken_back(table):
    known = Choices(title="parts", columns=(ColumnChoice(name="gone"), ColumnChoice(name="number", role="input")))
    upload = upload_of(table, known)
    assert chosen(upload, **{"role-0": "input"}) == known
    assert chosen(upload).of_column("number").role == "out"


def test_pictures_and_arrays_have_classes_in_order_too(tmp_path):
    upload = upload_of(zipped(tmp_path / "pets.zip", classes("cat", "dog")))
    form = choices_form(upload, PICTURES_AS_SHOWN | {"classes": "dog\ncat"})
    assert form.is_valid(), form.errors
    assert form.choices.classes == ("dog", "cat")


def test_a_file_of_which_nothing_is_understood_is_guessed_again():
    upload = Upload(file_name="parts.csv", choices=Choices(target="gone", header="no").model_dump())
    form = choices_form(upload, {"title": "Parts"})
    assert form.is_valid()
    assert form.choices == Choices(title="Parts")


def test_the_page_shows_each_column_with_its_type_its_role_and_what_was_noticed(client_of, member, team, table):
    upload = upload_of(table)
    upload.team, upload.owner, upload.state = team, member, "finished"
    upload.save()
    page = client_of(member).get(reverse("upload", args=[upload.pk])).text
    assert page.count('form="choices"') == len([name for name in AS_SHOWN if "-" in name])
    for text in ("It numbers the rows", "20 cells are missing", "<td>target</td>", "red", 'aria-label="colour"'):
        assert text in page
