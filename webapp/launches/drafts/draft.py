"""A run that is not launched yet: what a person has filled in on the launch page, and what it started from."""

from __future__ import annotations

import uuid
from functools import cached_property, partial
from typing import Any

from django.db import IntegrityError, transaction

from trainer import spec as current
from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec, metric_for
from trainer.validation.recipes import Recipe, recipes_for
from webapp.checkpoints.models import Checkpoint
from webapp.datasets.access import dataset_named, datasets_of
from webapp.datasets.models import Dataset
from webapp.datasets.summaries import class_counts
from webapp.experiments.access import experiments_of
from webapp.experiments.models import Experiment
from webapp.language.sorting import by_name
from webapp.launches import lifecycle
from webapp.launches.branching import branch_problems
from webapp.launches.forms import RunForm
from webapp.runs.models import Run
from webapp.spec_ui.form import SpecForm, Widgets
from webapp.teams.models import Team

DATASET = "dataset.name"


class Draft:
    """The launch page's data. ``origin`` is the run it was filled from; ``parent`` the checkpoint to start from."""

    def __init__(self, user: Any, team: Team, origin: Run | None, parent: Checkpoint | None) -> None:
        self.user = user
        self.team = team
        self.origin = origin
        self.parent = parent
        self.experiment: Experiment | None = None
        self.form: RunForm
        self.spec_form: SpecForm
        self.notices: list[Message] = []
        self.offers_defaults = False
        self.is_change = False
        self.is_restored = False

    @property
    def dataset(self) -> str:
        chosen = self.spec_form.values.get("dataset")
        name = chosen.get("name") if isinstance(chosen, dict) else None
        return name if isinstance(name, str) else ""

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """The datasets to choose from, by name."""
        return {dataset.name: dataset for dataset in datasets_of(self.team)}

    def facts_of(self, name: str) -> DatasetFacts | None:
        return self.datasets[name].facts if name in self.datasets else None

    @property
    def data(self) -> Dataset | None:
        """The experiment's version of the data, else the dataset that is chosen."""
        return self.experiment.dataset if self.experiment else self.datasets.get(self.dataset)

    @property
    def facts(self) -> DatasetFacts | None:
        return self.data.facts if self.data else None

    @property
    def class_counts(self) -> list[int]:
        """How many examples each class of the data has, where that decides how long an epoch is."""
        samples_classes = self.spec_form.spec and self.spec_form.spec.balance.sampling != "none"
        return class_counts(self.data.summary) if self.data and samples_classes else []

    @property
    def experiments(self) -> list[Experiment]:
        return list(experiments_of(self.team).filter(archived_at=None).order_by(by_name("name")))

    @property
    def compare(self) -> dict[str, Any] | None:
        """The values that changes are marked against: those of the run that the form was filled from."""
        return self.origin.planned_spec if self.origin else None

    def check(self) -> None:
        """Find the problems of the spec."""
        self.spec_form.check(partial(parse_spec, typed=True), self._problems_with_data)

    def _problems_with_data(self, spec: Spec) -> list[Problem]:
        try:
            facts = self.facts or dataset_named(self.team, spec.dataset.name).facts
        except SpecError as error:
            return error.problems
        return check_spec(spec, facts) + (branch_problems(spec, facts, self.parent) if self.parent else [])

    def widgets(self) -> Widgets:
        """The widgets of the spec, with their problems, marked against the run that the form was filled from."""
        choices = {DATASET: [(name, str(dataset.title)) for name, dataset in self.datasets.items()]}
        return self.spec_form.widgets(self.facts, choices=choices, compare=self.compare)

    def use_defaults(self, facts: DatasetFacts) -> None:
        """Fill the form with the recommended settings for data with these facts."""
        self.spec_form = SpecForm.of_values(default_spec(facts).to_json(), current.Spec)
        self.notices.append(Message("Recommended settings for {dataset} applied.", dataset=facts.shown_title))

    @property
    def recipes(self) -> list[Recipe]:
        """The recipes for the data, and for a branch those for one."""
        return recipes_for(self.facts, branches=self.parent is not None) if self.facts else []

    def use_recipe(self, name: str) -> None:
        """Fill the sections of the recipe ``name`` into the form; all others stay as they are."""
        chosen = next((recipe for recipe in self.recipes if recipe.name == name), None)
        if chosen is None or self.facts is None:
            return
        filled = self.spec_form.values | chosen.sections_for(self.facts)
        self.spec_form = SpecForm.of_values(filled, current.Spec)
        self.notices.append(Message("The recipe “{title}” was applied.", title=chosen.title))

    def launched_already(self) -> Run | None:
        """The run that an earlier click on the same form launched."""
        return run_of_id(self.team, self.form["id"].value())

    def launch(self) -> Run | None:
        """Queue the run; returns ``None`` when there are problems, which the form then shows."""
        if not (self.form.is_valid() and self.spec_form.spec is not None):
            return None
        try:
            with transaction.atomic():
                return self._launch(self.experiment or self._new_experiment())
        except SpecError as error:
            self._show(error.problems)
        except IntegrityError:
            launched = self.launched_already()
            if launched is None:
                self._refuse_conflict()
            return launched
        return None

    def _show(self, problems: list[Problem]) -> None:
        """Show each problem at its field, of the spec or of the experiment."""
        for problem in problems:
            if problem.path == ("experiment",):
                self.form.add_error("experiment", str(problem.message))
            else:
                self.spec_form.problems.append(problem)

    def _launch(self, experiment: Experiment) -> Run:
        given = self.form.cleaned_data
        about = {name: given[name] for name in ("id", "name", "notes", "tags")}
        return lifecycle.launch(experiment, self.spec_form.spec, user=self.user, parent=self.parent, **about)

    def _new_experiment(self) -> Experiment:
        dataset = dataset_named(self.team, self.dataset)
        metric, mode = metric_for(dataset.facts)
        name = self.form.cleaned_data["experiment_name"]
        return Experiment.objects.create(
            team=self.team, name=name, dataset=dataset, metric=metric, metric_mode=mode, created_by=self.user
        )

    def _refuse_conflict(self) -> None:
        message = Message("An experiment of this name was created a moment ago: choose it above, or another name.")
        self.form.add_error("experiment_name", str(message))


def run_of_id(team: Team, given: Any) -> Run | None:
    try:
        return Run.objects.filter(id=uuid.UUID(str(given)), experiment__team=team).first()
    except ValueError:
        return None
