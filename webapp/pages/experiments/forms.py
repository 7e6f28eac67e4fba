"""Creating and editing an experiment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message, joined_by
from trainer.spec.metrics import direction_of, judging_metrics, label_of, on_validation
from trainer.validation.presets import metric_for
from webapp.datasets.access import datasets_of
from webapp.datasets.models import Dataset
from webapp.datasets.words import TASKS
from webapp.experiments.models import Experiment
from webapp.teams.models import Team
from webapp.ui.text import LineField, LinesField

AUTO = ""


def metrics_of(task: str, num_classes: int | None = None) -> list[str]:
    """The metrics on validation data that may judge an experiment on such data."""
    return [on_validation(metric.name) for metric in judging_metrics(task, num_classes)]


def metric_choices(task: str, num_classes: int | None = None) -> list[tuple[str, Message]]:
    return [(name, _with_direction(name)) for name in metrics_of(task, num_classes)]


def _with_direction(metric: str) -> Message:
    if direction_of(metric) == "max":
        return Message("{metric}, highest is best", metric=label_of(metric))
    return Message("{metric}, lowest is best", metric=label_of(metric))


class DatasetField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the team's datasets, by its name."""

    default_error_messages = {  # noqa: RUF012 - Django's way of writing it
        "invalid_choice": _("“%(value)s” is not one of the team's datasets. Choose one of these.")
    }

    def label_from_instance(self, dataset: Dataset) -> str:  # type: ignore[override]
        return str(joined_by(" · ", [dataset.title, TASKS[dataset.facts.task]]))


def _taken(experiment: Experiment) -> Message:
    if experiment.archived_at:
        return Message(
            "There is an experiment “{name}” among the archived ones. Choose another name.", name=experiment.name
        )
    return Message("There is an experiment “{name}” already. Choose another name.", name=experiment.name)


class ExperimentForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, question and metric; the dataset is chosen once, when the experiment is created."""

    metric = forms.ChoiceField(
        label=_("Metric"),
        required=False,
        help_text=_(
            "What its runs are judged by. It can be changed later, but runs that were trained before may not have "
            "measured the new one."
        ),
    )

    class Meta:
        model = Experiment
        fields = ("name", "dataset", "question", "metric")
        field_classes = {"name": LineField, "question": LinesField}  # noqa: RUF012 - Django's way of writing it
        widgets = {"question": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - Django's way of writing it

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.team = team
        self.fields["name"].label = _("Name")
        self.fields["question"].label = _("Question")
        self.fields["name"].widget.attrs["autofocus"] = True
        metric: Any = self.fields["metric"]
        if self.instance.dataset_id is None:
            self.fields["dataset"] = DatasetField(
                datasets_of(team), label=_("Dataset"), to_field_name="name", empty_label=None
            )
            groups = [(str(TASKS[task]).capitalize(), metric_choices(task)) for task in TASKS]
            # Tasks share some, such as the loss; the select shows those under each, because people look for them there.
            metric.choices = [(AUTO, Message("What suits the data")), *groups]
        else:
            del self.fields["dataset"]
            facts = self.instance.dataset.facts
            metric.choices = metric_choices(facts.task, facts.num_classes)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        same = Experiment.objects.filter(team=self.team, name=name).exclude(pk=self.instance.pk).first()
        if same is not None:
            raise forms.ValidationError(str(_taken(same)))
        return name

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        dataset = given.get("dataset") if "dataset" in self.fields else self.instance.dataset
        if dataset is None:
            return given
        facts = dataset.facts
        metric = given.get("metric") or metric_for(facts)[0]
        accepted = metrics_of(facts.task, facts.num_classes)
        if metric not in accepted:
            message = Message(
                "{metric} is not measured on {dataset}; accepted: {accepted}. Choose one of these.",
                metric=label_of(metric),
                dataset=facts.shown_title,
                accepted=joined_by(", ", map(label_of, accepted)),
            )
            self.add_error("metric", str(message))
        return given | {"metric": metric}

    def save(self, commit: bool = True) -> Experiment:
        self.instance.team = self.team
        self.instance.metric_mode = direction_of(self.cleaned_data["metric"])
        self.instance.metric = self.cleaned_data["metric"]
        return super().save(commit)
