"""The form with which a person corrects what was understood of their data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trainer.data.own.choices import Choices
from webapp.datasets.models import Upload
from webapp.ui.text import LineField

RESIZE = [
    ("crop", _("crop in the middle")),
    ("squash", _("squash")),
    ("pad", _("pad with black")),
]
COLOUR = [("auto", _("as the pictures are")), ("colour", _("colour")), ("grey", _("grey"))]
TASK = [("auto", _("as the target suggests")), ("classification", _("classes")), ("regression", _("a number"))]
DELIMITER = [
    ("auto", _("as found")),
    (",", _("commas")),
    (";", _("semicolons")),
    ("\t", _("tabs")),
    ("|", _("vertical bars")),
]
HEADER = [("auto", _("as found")), ("yes", _("names of the columns")), ("no", _("data"))]


class ChoicesForm(forms.Form):
    """What all kinds of data have. Fields of the other kinds are kept as they are."""

    title = LineField(label=_("Title"), max_length=100, required=False)

    def __init__(self, data: Any, upload: Upload) -> None:
        self.known = Choices.model_validate(upload.choices)
        super().__init__(data, initial=self.known.model_dump())
        columns = upload.understood.get("columns", [])
        if "target" in self.fields:
            self.fields["target"].choices = [(name, name) for name in columns]  # type: ignore[attr-defined]
            self.initial["target"] = self.known.target or upload.understood.get("target_name")

    @property
    def choices(self) -> Choices:
        """The choices with the answers of a valid form."""
        answers = {name: self.cleaned_data[name] for name in self.fields}
        return Choices.model_validate(self.known.model_dump() | answers)


class PictureChoices(ChoicesForm):
    """How pictures get one size."""

    height = forms.IntegerField(label=_("Height"), min_value=8, max_value=1024)
    width = forms.IntegerField(label=_("Width"), min_value=8, max_value=1024)
    resize = forms.ChoiceField(label=_("Other sizes"), choices=RESIZE)
    colour = forms.ChoiceField(label=_("Colours"), choices=COLOUR)
    unlabelled = LineField(label=_("Class of pictures that have none"), max_length=100, required=False)

    def __init__(self, data: Any, upload: Upload) -> None:
        super().__init__(data, upload)
        if not self.known.unlabelled:  # a remedy gives them one, with a name that can be changed
            del self.fields["unlabelled"]
        self.initial["height"], self.initial["width"] = upload.understood["input_shape"][:2]


class TableChoices(ChoicesForm):
    """Which column is predicted, and how the file is written."""

    target = forms.ChoiceField(label=_("Target"))
    task = forms.ChoiceField(label=_("What it is"), choices=TASK)
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), choices=DELIMITER)
    header = forms.ChoiceField(label=_("The first row has"), choices=HEADER)


class ArrayChoices(ChoicesForm):
    """Whether targets are classes."""

    task = forms.ChoiceField(label=_("Targets"), choices=TASK)


def choices_form(upload: Upload, data: Any = None) -> ChoicesForm:
    """The form for what was understood of ``upload``; only the title while nothing is."""
    if not upload.understood:
        return ChoicesForm(data, upload)
    if upload.understood.get("columns"):
        return TableChoices(data, upload)
    return PictureChoices(data, upload) if upload.is_of_pictures else ArrayChoices(data, upload)
