"""A team's own datasets: its members see and use them, and nobody else."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.factories import make_dataset, make_experiment
from trainer.data.bundled.catalog import CATALOG
from trainer.data.findings.finding import Finding
from trainer.errors import SpecError
from trainer.messages.message import Message
from trainer.spec import DatasetChoice, Spec
from webapp.datasets.access import dataset_named, datasets_of, find_dataset
from webapp.datasets.models import Dataset
from webapp.datasets.shared import record_shared_datasets
from webapp.launches import lifecycle

PAGES = ("/datasets/", "/experiments/new/", "/runs/new/")


@pytest.fixture
def parts(data, team) -> Dataset:
    return make_dataset(team)


def test_only_its_team_sees_it(client_of, parts, viewer, member, outsider):
    assert "Machine parts" in client_of(viewer).get("/datasets/").content.decode()
    assert "length" not in client_of(viewer).get(reverse("dataset", args=["digits"])).content.decode()
    assert "Machine parts" in client_of(viewer).get(reverse("dataset", args=["parts"])).content.decode()
    for page in PAGES:
        assert "Machine parts" in client_of(member).get(page).content.decode(), page
        assert "Machine parts" not in client_of(outsider).get(page).content.decode(), page
    for action in ("dataset", "dataset-status"):
        assert client_of(outsider).get(reverse(action, args=["parts"])).status_code == 404
    assert client_of(outsider).post(reverse("dataset-prepare", args=["parts"])).status_code == 404


def test_its_groups_and_findings_are_on_its_page_and_the_launch_form_keeps_groups_whole(client_of, parts, member):
    leak = Finding("leak", Message("{count} are in both.", count=7), Message("Drop them."), (1, 2), 14)
    groups = {"group_name": "machine", "num_groups": 40, "num_validation": 20, "group_sizes": ((5, 100), (-9, 100))}
    parts.facts, parts.summary = parts.facts.model_copy(update=groups), {"findings": [leak.to_json(), "As before."]}
    parts.save()
    page = client_of(member).get(reverse("dataset", args=["parts"])).text
    for text in ("40 groups by machine", "included, 20 examples", 'id="finding-leak"', "Drop them.", "As before."):
        assert text in page
    form = " ".join(client_of(member).get("/runs/new/?dataset=parts").text.split())
    assert '<option value="grouped" selected >Grouped' in form
    assert '<option value="timed" disabled>By time (data with times only)' in form


def test_shared_ones_come_first_and_its_own_wins_a_name(parts, team, other_team):
    mine = Dataset.objects.create(team=team, name="digits", facts=parts.facts, state="finished")
    assert [row.team_id for row in datasets_of(team)] == [None] * (len(CATALOG) - 1) + [team.pk] * 2
    assert find_dataset(team, "digits") == mine
    assert find_dataset(other_team, "digits").team is None


def test_a_run_on_it_is_launched_with_its_hash(parts, team, member):
    experiment = make_experiment(team, member, "parts")
    run = lifecycle.launch(experiment, Spec(dataset=DatasetChoice(name="parts")), user=member)
    assert run.spec["dataset"] == {"name": "parts", "content_hash": parts.content_hash}


def test_another_team_cannot_name_it(parts, other_team, outsider):
    with pytest.raises(SpecError, match="'parts' given; accepted: digits, breast-cancer"):
        dataset_named(other_team, "parts")
    assert find_dataset(other_team, "parts") is None


def test_the_newest_version_that_is_prepared_has_the_name(parts, team):
    newer = Dataset.objects.create(team=team, name="parts", version=2, facts=parts.facts, state="queued")
    assert find_dataset(team, "parts") == parts
    Dataset.objects.filter(pk=newer.pk).update(content_hash="1" * 64)
    assert find_dataset(team, "parts") == newer
    assert [row.version for row in datasets_of(team) if row.name == "parts"] == [2]


def test_a_version_exists_once(parts, team, other_team, db):
    for fields in ({"team": team, "name": "parts"}, {"team": None, "name": "digits"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dataset.objects.create(**fields, version=1, facts=parts.facts)
    Dataset.objects.create(team=other_team, name="parts", facts=parts.facts)


def test_facts_come_out_of_the_database_as_they_went_in(parts):
    assert Dataset.objects.get(pk=parts.pk).facts == parts.facts
    assert Dataset.objects.get(team=None, name="mnist").facts == CATALOG["mnist"]


def test_shared_datasets_are_those_of_the_release(db, team):
    Dataset.objects.filter(name="wine").delete()
    Dataset.objects.filter(name="iris").update(facts=CATALOG["wine"])
    record_shared_datasets()
    record_shared_datasets()
    assert {row.name: row.facts for row in datasets_of(team)} == CATALOG
    assert [row.name for row in datasets_of(team)][:2] == ["digits", "breast-cancer"]
