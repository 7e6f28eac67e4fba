"""The form with which a person corrects what was understood of their data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from trainer.data.own.choices import DELIMITERS, ENCODINGS, PICTURE_GROUPS, Choices, ColumnChoice
from webapp.datasets.models import Upload
from webapp.pages.datasets.parameters_form import ParametersForm
from webapp.ui.text import LineField

RESIZE = [
    ("crop", _("crop in the middle")),
    ("squash", _("squash")),
    ("pad", _("pad with black")),
]
COLOUR = [("auto", _("as the pictures are")), ("colour", _("colour")), ("grey", _("grey"))]
TASK = [("auto", _("as the target suggests")), ("classification", _("classes")), ("regression", _("a number"))]
ARRAY_TASK = [*TASK, ("multilabel", _("several labels each"))]
PICTURE_TASK = [
    ("auto", _("as found")),
    ("classification", _("one class each")),
    ("multilabel", _("several labels each")),
]
DELIMITER = [("auto", _("as found")), *DELIMITERS.items()]
NONE = ("", _("nothing"))
MISSING_ROWS = [("keep", _("kept; each training fills in what is missing")), ("drop", _("left out"))]
TYPE = {
    "number": _("number"),
    "category": _("category"),
    "date": _("date"),
    "text": _("text"),
    "empty": _("empty"),
}
SET_APART = {"target": _("target"), "group": _("group"), "time": _("time")}
FORM_ID = "choices"
CHOSEN_TYPES = ("number", "category")
ROLE = [("input", _("input")), ("out", _("left out"))]
# A page with more would be slow; programs may choose for every column.
MOST_COLUMNS, MOST_CLASSES = 200, 200
ENCODING = [("auto", _("as found")), *ENCODINGS.items()]
DECIMAL = [("auto", _("as found")), (".", _("a point: 3.5")), (",", _("a comma: 3,5"))]
NO_TEXT = (".xlsx", ".parquet")
HEADER = [("auto", _("as found")), ("yes", _("names of the columns")), ("no", _("data"))]


class ChoicesForm(forms.Form):
    """What all kinds of data have. Fields of the other kinds are kept as they are."""

    title = LineField(label=_("Title"), max_length=100, required=False)
    classes = forms.CharField(
        label=_("Classes"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One a line, in the order in which charts and tables show them."),
    )

    def __init__(self, data: Any, upload: Upload) -> None:
        self.known = Choices.model_validate(upload.choices)
        super().__init__(data, initial=self.known.model_dump())
        for role in {"group", "time"} & self.fields.keys():
            chosen = getattr(self.known, role)
            self.initial[role] = upload.understood.get(f"{role}_name", "") if chosen is None else chosen
        self.shown_classes = [each["name"] for each in upload.understood.get("classes", [])]
        if 0 < len(self.shown_classes) <= MOST_CLASSES:
            self.initial["classes"] = "\n".join(self.shown_classes)
        else:
            del self.fields["classes"]

    @property
    def choices(self) -> Choices:
        """The choices with the answers of a valid form."""
        return Choices.model_validate(self.known.model_dump() | self.answers())

    def answers(self) -> dict[str, Any]:
        """What was answered, by the names of the choices; classes only in another order than the one shown."""
        given = {name: self.cleaned_data[name] for name in self.fields}
        for role in {"group", "time"} & given.keys():
            if getattr(self.known, role) is None and given[role] == self.initial[role]:
                given[role] = None  # a guess may change with other choices
        classes = [line.strip() for line in given.pop("classes", "").splitlines() if line.strip()]
        return given | ({"classes": classes} if classes not in ([], self.shown_classes) else {})


class BeginAgain(ChoicesForm):
    """For a file of which nothing was understood: everything but the title is guessed again."""

    @property
    def choices(self) -> Choices:
        return Choices(title=self.cleaned_data["title"])


class PictureChoices(ChoicesForm):
    """What pictures have for labels, and how they get one size."""

    task = forms.ChoiceField(label=_("Labels"), choices=PICTURE_TASK)
    height = forms.IntegerField(label=_("Height"), min_value=8, max_value=1024)
    width = forms.IntegerField(label=_("Width"), min_value=8, max_value=1024)
    resize = forms.ChoiceField(label=_("Other sizes"), choices=RESIZE)
    colour = forms.ChoiceField(label=_("Colours"), choices=COLOUR)
    group = forms.ChoiceField(
        label=_("Pictures belong together by"), choices=[NONE, *PICTURE_GROUPS.items()], required=False
    )
    unlabelled = LineField(label=_("Class of pictures that have none"), max_length=100, required=False)

    def __init__(self, data: Any, upload: Upload) -> None:
        super().__init__(data, upload)
        if not self.known.unlabelled:  # a remedy gives them one, with a name that can be changed
            del self.fields["unlabelled"]
        self.initial["height"], self.initial["width"] = upload.understood["input_shape"][:2]


@dataclass(frozen=True)
class ColumnRow:
    """A column of the file, as understood, with the fields to change what it is.

    Target, group and time have no role to choose: fields of their own name them.
    """

    column: dict[str, Any]
    type: BoundField
    role: BoundField | Any


class TableChoices(ChoicesForm):
    """Which column is predicted from which, what becomes of missing cells, and how the file is written."""

    target = forms.ChoiceField(label=_("Target"))
    task = forms.ChoiceField(label=_("What it is"), choices=TASK)
    group = forms.ChoiceField(label=_("Rows belong together by"), required=False)
    time = forms.ChoiceField(label=_("Time of each row"), required=False)
    missing_rows = forms.ChoiceField(label=_("Rows with missing cells are"), choices=MISSING_ROWS)
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), choices=DELIMITER)
    header = forms.ChoiceField(label=_("The first row has"), choices=HEADER)
    encoding = forms.ChoiceField(label=_("Encoding of the text"), choices=ENCODING)
    decimal = forms.ChoiceField(label=_("Decimals are written with"), choices=DECIMAL)

    def __init__(self, data: Any, upload: Upload) -> None:
        super().__init__(data, upload)
        if upload.file_name.lower().endswith(NO_TEXT):
            for name in ("delimiter", "encoding", "decimal"):
                del self.fields[name]
        self.shown_target = upload.understood["target_name"]
        self.columns = upload.understood["columns"]
        names = [(each["name"], each["name"]) for each in self.columns]
        for role, options in (("target", names), ("group", [NONE, *names]), ("time", [NONE, *names])):
            self.fields[role].choices = options  # type: ignore[attr-defined]
        self.initial["target"] = self.shown_target
        for index, column in enumerate(self.columns[:MOST_COLUMNS]):
            types = dict.fromkeys([column["type"], *CHOSEN_TYPES])
            self._add(f"type-{index}", [(kind, TYPE[kind]) for kind in types], column["type"], column["name"])
            if column["role"] in dict(ROLE):
                self._add(f"role-{index}", ROLE, column["role"], column["name"])

    def _add(self, name: str, options: list[tuple[str, Any]], initial: str, label: str) -> None:
        """A field in the row of a column, outside of the form's own element; without an answer it stays as it is."""
        widget = forms.Select({"form": FORM_ID, "aria-label": label})
        self.fields[name] = forms.ChoiceField(choices=options, widget=widget, required=False)
        self.initial[name] = initial

    @property
    def beside(self) -> list[BoundField]:
        """The fields that are about no single column."""
        return [self[name] for name in self.fields if not name.startswith(("type-", "role-"))]

    @property
    def column_rows(self) -> Iterator[ColumnRow]:
        for index, column in enumerate(self.columns[:MOST_COLUMNS]):
            has_choice = f"role-{index}" in self.fields
            role = self[f"role-{index}"] if has_choice else SET_APART[column["role"]]
            yield ColumnRow(column, self[f"type-{index}"], role)

    @property
    def num_hidden(self) -> int:
        """How many columns have no row."""
        return max(0, len(self.columns) - MOST_COLUMNS)

    def answers(self) -> dict[str, Any]:
        given = super().answers()
        chosen = [self._chosen(index, given) for index in range(min(MOST_COLUMNS, len(self.columns)))]
        shown = {each.name for each in chosen}
        kept = [each for each in self.known.columns if each.name not in shown]
        columns = [*kept, *(each for each in chosen if each != ColumnChoice(name=each.name))]
        answers = {name: value for name, value in given.items() if not name.startswith(("type-", "role-"))}
        if given["target"] == self.shown_target:
            answers["target"] = self.known.target
        if given["target"] != self.shown_target or given["task"] != self.known.task:
            answers["classes"] = ()
        return answers | {"columns": columns}

    def _chosen(self, index: int, given: dict[str, Any]) -> ColumnChoice:
        """What was chosen for a column: its guess is left alone, so that it may change with other choices."""
        column = self.columns[index]
        known = self.known.of_column(column["name"])
        kind, role = given.get(f"type-{index}"), given.get(f"role-{index}")
        return known.model_copy(
            update={
                "type": kind if kind in CHOSEN_TYPES and kind != column["type"] else known.type,
                "role": role if role and role != column["role"] else known.role,
            }
        )


class ArrayChoices(ChoicesForm):
    """Whether targets are classes."""

    task = forms.ChoiceField(label=_("Targets"), choices=ARRAY_TASK)


def choices_form(upload: Upload, data: Any = None) -> ChoicesForm | ParametersForm:
    """The form for what was understood of ``upload``; only the title while nothing is."""
    if upload.plugin:
        return ParametersForm(data, upload)
    form = {"pictures": PictureChoices, "table": TableChoices, "arrays": ArrayChoices}
    return form.get(upload.understood.get("source", ""), BeginAgain)(data, upload)
