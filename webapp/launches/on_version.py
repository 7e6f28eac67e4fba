"""Training the spec of a run again on another version of its data, so that both can be compared."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.evaluating import WrongVersion, evaluate
from webapp.checkpoints.models import Evaluation
from webapp.checkpoints.selection import best, latest
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.launches import lifecycle
from webapp.runs.models import Run
from webapp.teams.models import User


def train_on(version: Dataset, run: Run, *, user: User) -> Run:
    """Launch the spec of ``run`` on ``version``, in the same experiment, whose later runs train on it as well.

    The best checkpoint of ``run`` is measured on the test data of ``version``, if it can be without having seen any of
    it. Raises :class:`SpecError` when the run cannot be launched.
    """
    if version.name != run.dataset.name or not version.is_usable:
        message = Message(
            "{run} trains on {dataset}, and version {version} of {other} cannot be used for it.",
            run=run.name,
            dataset=run.dataset.name,
            version=version.version,
            other=version.name,
        )
        raise SpecError([Problem(("dataset", "name"), message)])
    spec = run.parsed_spec
    unnamed = spec.model_copy(update={"dataset": spec.dataset.model_copy(update={"content_hash": None})})
    name = str(Message("{run} on version {version}", run=run.name[:80], version=version.version))
    with transaction.atomic():
        move_to(version, run.experiment)
        launched = lifecycle.launch(run.experiment, unnamed, user=user, name=name, tags=run.tags)
    measure(version, run, user=user)
    return launched


def move_to(version: Dataset, experiment: Experiment) -> None:
    """Have the next runs of ``experiment`` train on ``version``."""
    Experiment.objects.filter(pk=experiment.pk).update(dataset=version)
    experiment.dataset = version


def measure(version: Dataset, run: Run, *, user: User) -> Evaluation | None:
    """Measure the best checkpoint of ``run``, else its latest, on the test data of ``version``, if there is one."""
    checkpoint = best(run) or latest(run)
    if checkpoint is None:
        return None
    with suppress(FilesGone, WrongVersion):
        return evaluate(checkpoint, Evaluation.Split.TEST, user, version)
    return None
