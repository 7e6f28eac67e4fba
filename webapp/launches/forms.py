"""The fields of a run that are not part of its spec."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message
from webapp.experiments.models import Experiment
from webapp.runs.tags import TagsField
from webapp.ui.text import LineField, LinesField

NEW = "new"
MAX_NOTES = 10_000


class RunForm(forms.Form):
    """The experiment and the name of a run. Because of ``id``, a double click launches only once."""

    prefix = "run"
    id = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)
    like = forms.UUIDField(required=False, widget=forms.HiddenInput)
    branch = forms.UUIDField(required=False, widget=forms.HiddenInput)
    experiment = forms.ChoiceField(label=_("Experiment"))
    experiment_name = LineField(label=_("Name of the experiment"), max_length=100, required=False)
    name = LineField(label=_("Run name"), max_length=100, required=False)
    tags = TagsField(label=_("Tags"), required=False)
    notes = LinesField(label=_("Notes"), required=False, max_length=MAX_NOTES)

    def __init__(self, *args: Any, experiments: Iterable[Experiment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.experiments = list(experiments)
        choices = [(str(experiment.id), experiment.name) for experiment in self.experiments]
        self.fields["experiment"].choices = [*choices, (NEW, _("New experiment …"))]  # type: ignore[attr-defined]

    @property
    def is_new_experiment(self) -> bool:
        return self["experiment"].value() == NEW

    def clean_experiment_name(self) -> str:
        name: str = self.cleaned_data["experiment_name"].strip()
        if self.is_new_experiment and not name:
            raise forms.ValidationError(
                str(Message("Give the new experiment a name, such as the question it is to answer."))
            )
        if self.is_new_experiment and any(name == experiment.name for experiment in self.experiments):
            raise forms.ValidationError(
                str(Message("There is already an experiment “{name}”: choose it above, or another name.", name=name))
            )
        return name
