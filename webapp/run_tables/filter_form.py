"""The filters of the run table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from webapp.jobs.models import JobState


class RunFilters(forms.Form):
    """The filters of the table of runs. An invalid value is ignored."""

    q = forms.CharField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any state"), *JobState.choices])
    person = forms.ChoiceField(required=False)
    tag = forms.ChoiceField(required=False)
    best_from = forms.FloatField(required=False, label="Best from")
    best_to = forms.FloatField(required=False, label="to")

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], tags: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Anyone"), *people]  # type: ignore[attr-defined]
        self.fields["tag"].choices = [("", "Any tag"), *((tag, tag) for tag in tags)]  # type: ignore[attr-defined]

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
