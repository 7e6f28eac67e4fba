"""A draft as a request asks for it: begun at an address, or as it was posted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, QueryDict

from trainer import spec as current
from trainer.data.facts import DatasetFacts
from trainer.errors import SpecError
from trainer.messages.message import Message
from trainer.validation.presets import default_spec
from webapp.checkpoints.access import checkpoint_of
from webapp.checkpoints.models import Checkpoint
from webapp.datasets.access import dataset_named
from webapp.datasets.models import Dataset
from webapp.experiments.access import experiments_of, get_experiment
from webapp.experiments.examples import EXAMPLE_DATASET
from webapp.experiments.models import Experiment
from webapp.launches.drafts.draft import DATASET, Draft, run_of_id
from webapp.launches.forms import NEW, RunForm
from webapp.runs.access import get_run
from webapp.runs.models import Run
from webapp.spec_ui.form import SpecForm
from webapp.spec_ui.reading import UNSHOWN
from webapp.teams.access import team_of
from webapp.teams.models import Role, Team

FAMILY = "network"
# A hidden field: the dataset whose defaults and fields the form shows.
SHOWN_DATASET = "_shown.dataset"
CHANGE = "_change"
USE_DEFAULTS = "defaults"
RECIPE = "recipe:"
# Restore what the browser kept of a form that was left.
RESTORE = "restore"
# Show a launched form again, to launch another run.
RENEW = "renew"


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
    if change.startswith(RECIPE):
        draft.use_recipe(change.removeprefix(RECIPE))
    elif facts and (change == USE_DEFAULTS or (moved and not draft.parent and _has_defaults_of(draft, shown))):
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
    launched = run_of_id(team, post.get("run-id"))
    if launched is not None:
        renewed["run-experiment"] = str(launched.experiment_id)
    renewed["run-id"] = str(uuid.uuid4())
    return renewed


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
