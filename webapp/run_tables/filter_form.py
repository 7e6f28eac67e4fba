"""The filters of the run table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.jobs.models import JobState


class RunFilters(forms.Form):
    """The filters of the table of runs. An invalid value is ignored."""

    q = forms.CharField(required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("Any state")), *JobState.choices])
    person = forms.ChoiceField(label=_("Person"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    best_from = forms.FloatField(required=False, label=_("Best from"))
    best_to = forms.FloatField(required=False, label=_("to"))

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], tags: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("Anyone")), *people]  # type: ignore[attr-defined]
        self.fields["tag"].choices = [("", _("Any tag")), *((tag, tag) for tag in tags)]  # type: ignore[attr-defined]

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self[name] for name in ("state", "person", "tag")]

    @property
    def bounds(self) -> list[forms.BoundField]:
        return [self["best_from"], self["best_to"]]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set and valid."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
