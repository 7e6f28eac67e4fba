"""Databases of 0.1, where an experiment had the name of its dataset: upgraded, and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from trainer.data.bundled.catalog import CATALOG
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment

NAMES = ["digits", "mnist", "mnist"]
BEFORE = [("datasets", "0001_initial"), ("experiments", "0001_initial")]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def old() -> Iterator[MigrationExecutor]:
    """The tables of 0.1, which the test fills; at the end they are those of today again."""
    Dataset.objects.all().delete()
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor
    call_command("migrate", verbosity=0)


def test_experiments_keep_their_datasets_and_datasets_what_was_read(old):
    apps = old.loader.project_state(BEFORE).apps
    old_datasets = apps.get_model("datasets", "Dataset").objects
    old_experiments = apps.get_model("experiments", "Experiment").objects
    team = apps.get_model("teams", "Team").objects.create(name="Old")
    summary = {"content_hash": "ab" * 32, "histogram": []}
    old_datasets.create(name="digits", state="finished", content_hash="ab" * 32, summary=summary)
    for name in NAMES:
        count = old_experiments.count()
        about = {"metric": "val_accuracy", "metric_mode": "max"}
        old_experiments.create(team=team, name=f"{name} {count}", dataset=name, **about)

    call_command("migrate", verbosity=0)

    assert sorted(row.dataset.name for row in Experiment.objects.all()) == NAMES
    assert {row.name: row.facts for row in Dataset.objects.all()} == CATALOG
    digits, mnist = Dataset.objects.get(name="digits"), Dataset.objects.get(name="mnist")
    assert (digits.state, digits.content_hash, digits.summary) == ("finished", "ab" * 32, summary)
    assert (mnist.state, mnist.content_hash, mnist.is_stored) == ("stopped", "", False)

    MigrationExecutor(connection).migrate(BEFORE)
    assert sorted(old_experiments.values_list("dataset", flat=True)) == NAMES
    old_experiments.all().delete()
