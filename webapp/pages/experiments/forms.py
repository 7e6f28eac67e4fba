"""Creating and editing an experiment."""

from __future__ import annotations

from typing import Any

from django import forms

from trainer.spec.metrics import CLASSIFICATION, REGRESSION, direction_of, label_of, on_validation, trained_metrics
from trainer.validation.presets import metric_for
from webapp.datasets.access import datasets_of
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.teams.models import Team
from webapp.ui.text import LineField, LinesField

# Metrics that runs report on validation data, by task.
METRICS = {
    task: tuple(on_validation(metric.name) for metric in trained_metrics(task)) for task in (CLASSIFICATION, REGRESSION)
}
AUTO = ""


def metric_choices(task: str) -> list[tuple[str, str]]:
    return [(name, f"{label_of(name)}, {_best_is(name)} is best") for name in METRICS[task]]


def _best_is(metric: str) -> str:
    return "highest" if direction_of(metric) == "max" else "lowest"


class DatasetField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the team's datasets, by its name."""

    default_error_messages = {  # noqa: RUF012 - Django's way of writing it
        "invalid_choice": "“%(value)s” is not one of the team's datasets. Choose one of these."
    }

    def label_from_instance(self, dataset: Dataset) -> str:  # type: ignore[override]
        return f"{dataset.title} · {dataset.facts.task}"


class ExperimentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, question and metric; the dataset is chosen once, when the experiment is created."""

    metric = forms.ChoiceField(required=False, help_text="What its runs are judged by. It can be changed later.")

    class Meta:
        model = Experiment
        fields = ("name", "dataset", "question", "metric")
        field_classes = {"name": LineField, "question": LinesField}  # noqa: RUF012 - Django's way of writing it
        widgets = {"question": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - Django's way of writing it

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.fields["question"].label = "Question"
        self.fields["name"].widget.attrs["autofocus"] = True
        metric: Any = self.fields["metric"]
        if self.instance.dataset_id is None:
            self.fields["dataset"] = DatasetField(datasets_of(team), to_field_name="name", empty_label=None)
            groups = [(task.capitalize(), metric_choices(task)) for task in METRICS]
            # Two tasks share the loss; the select shows it under each, because people look for it there.
            metric.choices = [(AUTO, "What suits the data"), *groups]
        else:
            del self.fields["dataset"]
            metric.choices = metric_choices(self.instance.dataset.facts.task)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        same = Experiment.objects.filter(team=self.team, name=name).exclude(pk=self.instance.pk).first()
        if same is not None:
            where = "among the archived ones" if same.archived_at else "already"
            raise forms.ValidationError(f"There is an experiment “{name}” {where}. Choose another name.")
        return name

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        dataset = given.get("dataset") if "dataset" in self.fields else self.instance.dataset
        if dataset is None:
            return given
        facts = dataset.facts
        metric = given.get("metric") or metric_for(facts)[0]
        if metric not in METRICS[facts.task]:
            accepted = ", ".join(label_of(name) for name in METRICS[facts.task])
            message = f"{label_of(metric)} is not measured on {facts.title}; accepted: {accepted}. Choose one of these."
            self.add_error("metric", message)
        return given | {"metric": metric}

    def save(self, commit: bool = True) -> Experiment:
        self.instance.team = self.team
        self.instance.metric_mode = direction_of(self.cleaned_data["metric"])
        self.instance.metric = self.cleaned_data["metric"]
        return super().save(commit)
