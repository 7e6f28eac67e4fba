"""The versions of a dataset: which there are for a team, and which is the newest that can be used."""

from __future__ import annotations

from django.db.models import Max, Q, QuerySet

from webapp.datasets.models import Dataset
from webapp.teams.models import Team


def versions_of(team: Team, name: str, *, with_summaries: bool = False) -> QuerySet[Dataset]:
    """All versions that ``team`` has of the dataset ``name``, the newest first.

    A team that mended a shared dataset has the shared version as well.
    """
    mine = Dataset.objects.filter(Q(team=team) | Q(team=None), name=name)
    shown = mine if with_summaries else mine.defer(*Dataset.heavy_fields)
    return shown.select_related("owner").order_by("-version", "team_id")


def left_out_of(dataset: Dataset) -> set[int]:
    """The examples that people left out of this version."""
    labels: dict[int, object] = {}
    at: Dataset | None = dataset
    while at is not None and at.corrections:
        labels = {each["index"]: each["label"] for each in at.corrections} | labels
        at = at.base
    return {index for index, label in labels.items() if label is None}


def next_version(team: Team, name: str) -> int:
    """The number of the version after all that there are: 1 for a new dataset."""
    newest = versions_of(team, name).order_by().aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1


def is_newest(dataset: Dataset, team: Team) -> bool:
    """Whether ``team`` has no later version of it."""
    return not versions_of(team, dataset.name).filter(version__gt=dataset.version).exists()


def mended_from(later: Dataset, earlier: Dataset) -> bool:
    """Whether ``later`` came from ``earlier`` by mending labels alone, so that examples kept their places."""
    at: Dataset | None = later
    while at is not None and at.pk != earlier.pk and at.corrections:
        at = at.base
    return at is not None and at.pk == earlier.pk


def newest_mended(team: Team, dataset: Dataset) -> Dataset:
    """The newest usable version that came from ``dataset`` by mending labels alone; itself when there is none."""
    for later in versions_of(team, dataset.name).filter(version__gt=dataset.version):
        if later.is_usable and mended_from(later, dataset):
            return later
    return dataset
