"""What people may change of a run once it is launched: its name, its notes and its tags."""

from __future__ import annotations

from django import forms

from webapp.runs.models import Run

MAX_TAGS = 20
LONGEST_TAG = 40


class RunDetails(forms.ModelForm):
    """Name, notes and tags; tags are typed with commas between them."""

    tags = forms.CharField(required=False, max_length=1000)

    class Meta:
        model = Run
        fields = ("name", "notes")

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()))
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(f"These are {len(tags)} tags; give at most {MAX_TAGS}.")
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                raise forms.ValidationError(f"“{tag[:20]}…” has {len(tag)} characters; give at most {LONGEST_TAG}.")
        return tags

    def save(self, commit: bool = True) -> Run:
        """Write only these columns: a worker may be writing the others."""
        fields = {"name": self.cleaned_data["name"], "notes": self.cleaned_data["notes"]}
        Run.objects.filter(pk=self.instance.pk).update(**fields, tags=self.cleaned_data["tags"])
        return self.instance
