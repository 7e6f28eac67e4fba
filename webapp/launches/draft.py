"""A run that is not launched yet: what a person has filled in on the launch page, and what it started from."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, QueryDict

from trainer import spec as current
from trainer.data.facts import DatasetFacts
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec, metric_for
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.models import Checkpoint
from webapp.datasets.access import dataset_named, datasets_of
from webapp.datasets.models import Dataset
from webapp.datasets.summaries import class_counts
from webapp.experiments.access import experiments_of, get_experiment
from webapp.experiments.examples import EXAMPLE_DATASET
from webapp.experiments.models import Experiment
from webapp.language.sorting import by_name
from webapp.launches import lifecycle
from webapp.launches.branching import branch_problems
from webapp.launches.forms import NEW, RunForm
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.spec_ui.form import SpecForm, Widgets
from webapp.spec_ui.reading import UNSHOWN
from webapp.teams.access import team_of
from webapp.teams.models import Role, Team

DATASET = "dataset.name"
FAMILY = "network"
# A hidden field: the dataset whose defaults and fields the form shows.
SHOWN_DATASET = "_shown.dataset"
CHANGE = "_change"
USE_DEFAULTS = "defaults"
# Restore what the browser kept of a form that was left.
RESTORE = "restore"
# Show a launched form again, to launch another run.
RENEW = "renew"


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

    def launched_already(self) -> Run | None:
        """The run that an earlier click on the same form launched."""
        return _run_of_id(self.team, self.form["id"].value())

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


def begin_draft(request: HttpRequest) -> Draft:
    """The draft for the address: like a run, a branch of a checkpoint, in an experiment, or of a dataset."""
    origin, parent = _source(request.user, request.GET.get("like"), request.GET.get("branch"))
    experiment = origin.experiment if origin else _given_experiment(request)
    team = experiment.team if experiment else team_of(request)
    draft = Draft(request.user, team, origin, parent)
    dataset = experiment.dataset if experiment else _dataset_to_begin_with(draft, request.GET.get("dataset", ""))
    values = origin.planned_spec if origin else default_spec(dataset.facts).to_json()
    draft.spec_form = SpecForm.of_values(values, current.Spec)
    draft.experiment = experiment
    initial: dict[str, Any] = {"experiment": str(experiment.id) if experiment else NEW}
    initial |= {"experiment_name": "" if experiment else _free_name(draft, str(dataset.title))}
    if origin:
        initial |= {"tags": ", ".join(origin.tags)}
        initial |= {"branch": parent.id} if parent else {"like": origin.id}
    draft.form = RunForm(initial=initial, experiments=_choosable(draft))
    return draft


def read_draft(request: HttpRequest) -> Draft:
    """The draft as it was posted."""
    post: QueryDict = request.POST
    if post.get(CHANGE) == RENEW:
        post = _renewed(post, team_of(request))
    origin, parent = _source(request.user, post.get("run-like"), post.get("run-branch"))
    experiment = _posted_experiment(request.user, post)
    row = experiment or (origin.experiment if origin else None)
    team = row.team if row else team_of(request)
    draft = Draft(request.user, team, origin, parent)
    draft.experiment = experiment
    draft.form = RunForm(post, experiments=_choosable(draft))
    facts = experiment.dataset.facts if experiment else draft.facts_of(post.get(DATASET, ""))
    draft.spec_form = SpecForm.of_post(post, current.Spec, _family_defaults(facts), facts)
    if experiment:
        draft.spec_form.values["dataset"]["name"] = experiment.dataset.name
    _apply_changes(draft, post)
    return draft


def _apply_changes(draft: Draft, post: QueryDict) -> None:
    """Apply the pressed button; a selection that was changed without a script counts as one, too."""
    change, shown = post.get(CHANGE, ""), post.get(SHOWN_DATASET, draft.dataset)
    facts = draft.facts
    moved = shown != draft.dataset and facts is not None
    draft.is_change = CHANGE in post or moved or bool(draft.spec_form.state.changed_kinds)
    if facts and (change == USE_DEFAULTS or (moved and not draft.parent and _has_defaults_of(draft, shown))):
        draft.use_defaults(facts)
    elif moved:
        draft.offers_defaults = draft.parent is None  # of which the network would not fit the weights
    else:
        draft.is_restored = change == RESTORE
        draft.spec_form.change(change, draft.compare)


def _has_defaults_of(draft: Draft, dataset: str) -> bool:
    """Whether nothing was changed since the form was filled with the defaults of ``dataset``."""
    facts = draft.facts_of(dataset)
    if facts is None or draft.spec_form.state.kept.get(UNSHOWN):
        return False
    defaults, values = default_spec(facts).to_json(), draft.spec_form.values
    return all(values.get(name) == value for name, value in defaults.items() if name != "dataset")


def _family_defaults(facts: DatasetFacts | None) -> Callable[[str, str], dict[str, Any] | None]:
    """The recommended settings of the dataset for a newly chosen family of networks."""

    def defaults(name: str, kind: str) -> dict[str, Any] | None:
        if name != FAMILY or facts is None:
            return None
        try:
            found = default_spec(facts, kind).to_json()[name]
        except SpecError:
            return None
        return found if isinstance(found, dict) else None

    return defaults


def _source(user: Any, like: str | None, branch: str | None) -> tuple[Run | None, Checkpoint | None]:
    if branch:
        parent = checkpoint_of(user, _uuid(branch), Role.MEMBER)
        return parent.run, parent
    return (get_run(user, _uuid(like), Role.MEMBER), None) if like else (None, None)


def _given_experiment(request: HttpRequest) -> Experiment | None:
    """The experiment in the address; else that of the person's last run, unless the address names a dataset."""
    given = request.GET.get("experiment")
    if given == NEW or (not given and request.GET.get("dataset")):
        return None
    if given:
        return get_experiment(request.user, _uuid(given), Role.MEMBER)
    return _experiment_used_last(request)


def _experiment_used_last(request: HttpRequest) -> Experiment | None:
    """Where the person launched last, else the team's newest."""
    open_ones = experiments_of(team_of(request)).filter(archived_at=None)
    mine = Run.objects.filter(experiment__in=open_ones, created_by=request.user.pk)
    last = mine.select_related("experiment__team").order_by("-created_at").first()
    return last.experiment if last else open_ones.order_by("-created_at").first()


def _posted_experiment(user: Any, post: QueryDict) -> Experiment | None:
    given = post.get("run-experiment", NEW)
    return None if given == NEW else get_experiment(user, _uuid(given), Role.MEMBER)


def _renewed(post: QueryDict, team: Team) -> QueryDict:
    """The form for another run: with a new id, in the experiment that the launched run may have created."""
    renewed = post.copy()
    launched = _run_of_id(team, post.get("run-id"))
    if launched is not None:
        renewed["run-experiment"] = str(launched.experiment_id)
    renewed["run-id"] = str(uuid.uuid4())
    return renewed


def _run_of_id(team: Team, given: Any) -> Run | None:
    try:
        return Run.objects.filter(id=uuid.UUID(str(given)), experiment__team=team).first()
    except ValueError:
        return None


def _choosable(draft: Draft) -> list[Experiment]:
    """The experiments to choose from: those that are not archived, and the requested one."""
    found = draft.experiments
    return found if draft.experiment in found or draft.experiment is None else [draft.experiment, *found]


def _dataset_to_begin_with(draft: Draft, name: str) -> Dataset:
    return draft.datasets.get(name) or dataset_named(draft.team, EXAMPLE_DATASET)


def _free_name(draft: Draft, title: str) -> str:
    """The dataset's title as the name of a new experiment, numbered when it is taken."""
    taken = set(experiments_of(draft.team).values_list("name", flat=True))
    names = [title, *(f"{title} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404(Message("There is no such page.")) from None
