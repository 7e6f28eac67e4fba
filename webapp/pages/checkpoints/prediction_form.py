"""The "Try it" form: a picture, or one cell for each column of the dataset."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.image_formats import IN_WORDS, MEDIA_TYPES, is_accepted
from trainer.messages.message import Message

LARGEST_NUMBER = 1e30


class PictureForm(forms.Form):
    """One picture. Only its size and type are checked here; a worker decodes it."""

    picture = forms.FileField(
        label=_("Picture"),
        error_messages={"required": _("Choose a picture first."), "empty": _("This file is empty. Choose a picture.")},
        widget=forms.FileInput({"accept": ",".join(MEDIA_TYPES)}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        help_text = Message(
            "{formats}, at most {size}.", formats=IN_WORDS, size=filesizeformat(settings.UPLOAD_MAX_BYTES)
        )
        self.fields["picture"].help_text = str(help_text)

    def clean_picture(self) -> bytes:
        upload: UploadedFile = self.cleaned_data["picture"]
        num_bytes = upload.size or 0
        if num_bytes > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                str(
                    Message(
                        "{file} has {size:,} bytes; at most {most:,} bytes are accepted. Make it smaller.",
                        file=str(upload.name),
                        size=num_bytes,
                        most=settings.UPLOAD_MAX_BYTES,
                    )
                )
            )
        data: bytes = upload.read()
        if not is_accepted(data):
            raise forms.ValidationError(
                str(
                    Message(
                        "{file} is not a {formats} picture. Choose one of these.",
                        file=str(upload.name),
                        formats=IN_WORDS,
                    )
                )
            )
        return data

    @property
    def answer(self) -> dict[str, Any]:
        """The keyword arguments of :func:`webapp.checkpoints.evaluating.try_it`."""
        return {"picture": self.cleaned_data["picture"]}


class RowForm(forms.Form):
    """A number or a category for each column, which may be missing where the data has it missing. ``means`` are shown
    as a hint of the usual size."""

    def __init__(self, data: Any, columns: tuple[ColumnFacts, ...], means: list[float | None]) -> None:
        super().__init__(data)
        for index, (column, mean) in enumerate(zip(columns, means, strict=True)):
            made = _category_field(column) if column.categories else _number_field(column, mean)
            made.widget.attrs["data-cell"] = ""
            self.fields[f"column-{index}"] = made

    @property
    def answer(self) -> dict[str, Any]:
        """The keyword arguments of :func:`webapp.checkpoints.evaluating.try_it`."""
        cells = [self.cleaned_data[name] for name in self.fields]
        return {"row": [None if cell == "" else cell for cell in cells]}


def _number_field(column: ColumnFacts, mean: float | None) -> forms.FloatField:
    hint = {} if mean is None else {"placeholder": f"{mean:.4g}"}
    return forms.FloatField(
        label=column.name,
        required=not column.has_missing,
        widget=forms.NumberInput({"step": "any", "inputmode": "decimal", "autocomplete": "off", **hint}),
        min_value=-LARGEST_NUMBER,
        max_value=LARGEST_NUMBER,
        error_messages={
            "required": _("Give a number."),
            "invalid": _("This is not a number; write it like 12.5."),
        },
    )


def _category_field(column: ColumnFacts) -> forms.ChoiceField:
    nothing = [("", _("missing") if column.has_missing else "")]
    return forms.ChoiceField(
        label=column.name,
        required=not column.has_missing,
        choices=[*nothing, *((name, name) for name in column.categories)],
        error_messages={"required": _("Choose one.")},
    )


TryForm = PictureForm | RowForm


def form_for(facts: DatasetFacts, summary: dict[str, Any], request: Any = None) -> TryForm:
    """Return the form for the kind of data, bound to a ``request`` that posts it."""
    if facts.kind == "image":
        return PictureForm(request.POST, request.FILES) if request else PictureForm()
    return RowForm(request.POST if request else None, facts.every_column, _means(facts, summary))


def _means(facts: DatasetFacts, summary: dict[str, Any]) -> list[float | None]:
    """The mean of each column, once a worker has described the dataset."""
    columns = {column["name"]: column.get("mean") for column in summary.get("columns", [])}
    means = [columns.get(name) for name in facts.feature_names]
    return [mean if isinstance(mean, int | float) and math.isfinite(mean) else None for mean in means]
