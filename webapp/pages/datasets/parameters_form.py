"""The form with the parameters of a dataset in Python, from what its signature says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trainer.data.own.choices import Choices
from trainer.errors import SpecError
from trainer.plugins.facts import PluginFacts
from trainer.plugins.parameters import Parameter
from webapp.datasets.models import Upload
from webapp.ui.text import LineField

PREFIX = "parameter-"


class ParametersForm(forms.Form):
    """The title, and a field for each parameter, with its default or what was given last."""

    title = LineField(label=_("Title"), max_length=100, required=False)

    def __init__(self, data: Any, upload: Upload) -> None:
        self.known = Choices.model_validate(upload.choices)
        super().__init__(data, initial={"title": self.known.title})
        self.parameters = PluginFacts.model_validate(upload.plugin).parameters
        for parameter in self.parameters:
            name = PREFIX + parameter.name
            self.fields[name] = _field(parameter)
            self.initial[name] = self.known.parameters.get(parameter.name, parameter.default)

    def clean(self) -> dict[str, Any]:
        """Check each answer by the rules of its parameter, so that the error is at its field."""
        cleaned = dict(super().clean() or {})
        self.values: dict[str, Any] = {}
        for parameter in self.parameters:
            name = PREFIX + parameter.name
            if name in cleaned:
                try:
                    self.values[parameter.name] = parameter.read(_answer(parameter, cleaned[name]))
                except SpecError as error:
                    self.add_error(name, str(error.problems[0].message))
        return cleaned

    @property
    def choices(self) -> Choices:
        """The choices with the answers of a valid form."""
        return Choices(title=self.cleaned_data["title"] or self.known.title, parameters=self.values)


def _field(parameter: Parameter) -> forms.Field:
    shown: dict[str, Any] = {"label": parameter.title, "help_text": parameter.help}
    match parameter.type:
        case "boolean":
            return forms.BooleanField(required=False, **shown)
        case "choice":
            return forms.ChoiceField(choices=[(str(each), str(each)) for each in parameter.options], **shown)
        case "text":
            return LineField(required=parameter.shortest > 0, max_length=parameter.longest, strip=False, **shown)
    kind: Any = forms.IntegerField if parameter.type == "integer" else forms.FloatField
    number: forms.Field = kind(min_value=parameter.least, max_value=parameter.most, **shown)
    return number


def _answer(parameter: Parameter, given: Any) -> Any:
    if parameter.type == "choice":
        return next(each for each in parameter.options if str(each) == given)
    return given
