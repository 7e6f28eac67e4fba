"""What people may change of a launched run: its name, its notes and its tags."""

from __future__ import annotations

from django import forms
from django.db import transaction

from webapp.launches.forms import MAX_NOTES
from webapp.runs.models import Run
from webapp.runs.tags import SEPARATOR, TagsField, parse_tags
from webapp.ui.text import LineField, LinesField


class RunDetails(forms.ModelForm):
    """Name, notes and tags; tags are separated by commas."""

    notes = LinesField(required=False, max_length=MAX_NOTES)
    tags = TagsField(required=False, max_length=1000)

    class Meta:
        model = Run
        fields = ("name", "notes")
        field_classes = {"name": LineField}  # noqa: RUF012 - as Django declares it

    def save(self, commit: bool = True) -> Run:
        """Write only these columns, because a worker may be writing the others."""
        fields = {"name": self.cleaned_data["name"], "notes": self.cleaned_data["notes"]}
        Run.objects.filter(pk=self.instance.pk).update(**fields, tags=self.cleaned_data["tags"])
        return self.instance


def add_tags(run: Run, text: str) -> None:
    """Add the tags in ``text`` to those of the run. Raises ``ValidationError`` when there are too many."""
    with transaction.atomic():
        row = Run.objects.select_for_update().get(pk=run.pk)
        Run.objects.filter(pk=run.pk).update(tags=parse_tags(SEPARATOR.join([*row.tags, text])))
