"""Runs that start with the weights of a checkpoint, of another network or of other data as well."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.factories import make_checkpoint, make_dataset, make_experiment, make_run
from tests.web.launches.launch_form import PREVIEW, URL, fields_of
from webapp.checkpoints.models import Checkpoint
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent(team: Team) -> Checkpoint:
    """Of a network with layers of 128 units on the flowers of 3 kinds."""
    return make_checkpoint(make_run(make_experiment(team, None, "iris"), None, "finished", name="Old"))


def branch_form(browser: Client, parent: Checkpoint, **fields: Any) -> dict[str, Any]:
    return fields_of(browser.get(URL, {"branch": str(parent.id)}).text) | fields


def test_a_branch_has_its_parent_and_says_where_the_weights_come_from(browser: Client, digits: Experiment) -> None:
    checkpoint = make_checkpoint(make_run(digits, None, "finished", name="Old"))
    page = browser.get(URL, {"branch": str(checkpoint.id)}).text
    assert "The weights are taken from" in page
    assert "cp-0005" in page
    browser.post(URL, fields_of(page) | {"optimizer.learning_rate": "0.0001"})
    assert Run.objects.get(parent=checkpoint).spec["optimizer"]["learning_rate"] == 0.0001


def test_a_branch_onto_data_with_other_classes_takes_all_but_the_output(
    browser: Client, team: Team, member: User, parent: Checkpoint
) -> None:
    parts = make_experiment(team, member, make_dataset(team).name)
    fields = branch_form(browser, parent, **{"transfer.freeze.kind": "all_but_output"})
    moved = browser.post(URL, fields | {"run-experiment": str(parts.id), "_change": "show"})
    fields = fields_of(moved.text)
    preview = browser.post(PREVIEW, fields).text
    assert "2 of 3 layers with weights start with those of cp-0005 of Old; new: output." in preview
    assert "2 of 3 layers with weights frozen, 258 of" in preview
    assert browser.post(URL, fields).status_code == 302
    run = Run.objects.get(parent=parent)
    assert (run.experiment, run.dataset.name, run.spec["dataset"]["name"]) == (parts, "parts", "parts")
    assert [layer["units"] for layer in run.spec["network"]["layers"]] == [128, 128]


def test_new_layers_are_not_frozen_in_a_branch(browser: Client, parent: Checkpoint) -> None:
    fields = branch_form(browser, parent, **{"network.layers.1.units": "64", "transfer.freeze.kind": "all_but_output"})
    response = browser.post(URL, fields_of(browser.post(URL, fields).text))  # first the fields of that kind
    assert response.status_code == 422
    assert "dense_2 would be frozen, but cp-0005 of Old has no weights that fit" in response.text
    assert not Run.objects.filter(parent=parent).exists()


def test_a_network_whose_first_layers_are_others_takes_nothing(browser: Client, parent: Checkpoint) -> None:
    response = browser.post(URL, branch_form(browser, parent, **{"network.layers.0.units": "64"}))
    assert response.status_code == 422
    told = "do not fit: Old begins with dense_1 with 640 weights, this network with dense_1 with 320 weights."
    assert told in response.text
    assert not Run.objects.filter(parent=parent).exists()


def test_a_branch_of_a_checkpoint_that_is_gone_is_refused(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished")
    checkpoint = make_checkpoint(run, damaged="its files do not match")
    page = browser.get(URL, {"branch": str(checkpoint.id)}).text
    assert "is damaged: its files do not match." in page
