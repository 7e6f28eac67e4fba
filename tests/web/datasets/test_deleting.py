"""Deleting a team's own dataset: by whom, when, and what of its files goes."""

from __future__ import annotations

import pytest

from tests.factories import make_dataset, make_experiment
from webapp.datasets.models import Dataset, Upload
from webapp.storage import prepared


@pytest.fixture
def dataset(team, member, data):
    return make_dataset(team, member)


def delete(client, name="parts"):
    return client.post(f"/datasets/{name}/delete/", follow=True)


def test_its_owner_deletes_it_with_its_files(client_of, member, dataset):
    folder = prepared.folder_of(dataset.content_hash)
    assert "is deleted" in delete(client_of(member)).text
    assert (Dataset.objects.filter(pk=dataset.pk).exists(), folder.exists()) == (False, False)


def test_the_upload_that_it_came_from_goes_with_it(client_of, member, team, dataset):
    Upload.objects.create(team=team, owner=member, file_name="a.csv", num_bytes=9, state="finished", dataset=dataset)
    delete(client_of(member))
    assert not Upload.objects.exists()
    assert "a.csv" not in client_of(member).get("/datasets/new/").text


def test_a_dataset_that_is_used_says_by_what_and_stays(client_of, member, team, dataset):
    experiment = make_experiment(team, member, name="Which torque?")
    experiment.dataset = dataset
    experiment.save()
    assert "1 experiment uses it: Which torque?" in delete(client_of(member)).text
    assert prepared.folder_of(dataset.content_hash).exists()


def test_files_that_another_team_has_as_well_stay(client_of, member, other_team, dataset):
    twin = make_dataset(other_team)
    delete(client_of(member))
    assert prepared.folder_of(twin.content_hash).exists()


def test_others_may_not(client_of, admin, viewer, outsider, dataset, team):
    from tests.factories import make_user

    colleague = make_user("colleague@example.org", team)
    assert [delete(client_of(person)).status_code for person in (viewer, colleague, outsider)] == [403, 403, 404]
    assert "is deleted" in delete(client_of(admin)).text


def test_what_all_teams_share_stays(client_of, admin):
    assert delete(client_of(admin), "digits").status_code == 403
    assert Dataset.objects.filter(team=None, name="digits").exists()


def test_a_bucket_loses_it_as_well(bucket, client_of, member, team, data):
    dataset = make_dataset(team, member)
    prepared.publish(dataset.content_hash)
    assert list(bucket.objects.all())
    delete(client_of(member))
    assert list(bucket.objects.all()) == []
