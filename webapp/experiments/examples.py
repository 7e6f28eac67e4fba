"""The experiment that every new team begins with."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from trainer.messages.message import Message
from trainer.validation.presets import metric_for
from webapp.datasets.access import dataset_named
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.teams.models import Team, User

EXAMPLE_DATASET = "digits"
QUESTION = Message("How well can a small network read handwritten digits? Launch it, then change one thing at a time.")


def create_example(team: Team, user: User | None) -> Experiment:
    """Return the team's example experiment; created if there is none, and unarchived if it was archived.

    It is named in the language of whoever is first to create it.
    """
    dataset = dataset_named(team, EXAMPLE_DATASET)
    names = (dataset.title, Message("{dataset} (example)", dataset=dataset.title))
    known = Experiment.objects.filter(team=team, dataset=dataset, name__in=_in_every_language(*names))
    found = known.order_by("created_at").first() or _create(team, user, dataset, *map(str, names))
    if found.archived_at is not None:
        found.archived_at = None
        found.save(update_fields=["archived_at"])
    return found


def is_example(experiment: Experiment) -> bool:
    """Whether it has the name of the example, in any language."""
    return experiment.name in _in_every_language(experiment.dataset.title)


def _create(team: Team, user: User | None, dataset: Dataset, name: str, other_name: str) -> Experiment:
    metric, mode = metric_for(dataset.facts)
    fields = {"dataset": dataset, "question": str(QUESTION), "metric": metric, "metric_mode": mode, "created_by": user}
    found, _ = Experiment.objects.get_or_create(team=team, name=name, defaults=fields)
    if found.dataset != dataset:
        found, _ = Experiment.objects.get_or_create(team=team, name=other_name, defaults=fields)
    return found


def _in_every_language(*messages: Message) -> list[str]:
    texts = []
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            texts += [str(message) for message in messages]
    return texts
