"""The experiment that every new team begins with."""

from __future__ import annotations

from trainer.validation.presets import metric_for
from webapp.datasets.access import dataset_named
from webapp.experiments.models import Experiment
from webapp.teams.models import Team, User

EXAMPLE_DATASET = "digits"
QUESTION = "How well can a small network read handwritten digits? Launch it, then change one thing at a time."


def create_example(team: Team, user: User | None) -> Experiment:
    """Return the team's example experiment; created if there is none, and unarchived if it was archived."""
    dataset = dataset_named(team, EXAMPLE_DATASET)
    metric, mode = metric_for(dataset.facts)
    fields = {"dataset": dataset, "question": QUESTION, "metric": metric, "metric_mode": mode, "created_by": user}
    found, _ = Experiment.objects.get_or_create(team=team, name=dataset.title, defaults=fields)
    if found.dataset != dataset:
        found, _ = Experiment.objects.get_or_create(team=team, name=f"{dataset.title} (example)", defaults=fields)
    if found.archived_at is not None:
        found.archived_at = None
        found.save(update_fields=["archived_at"])
    return found
