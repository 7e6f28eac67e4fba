"""Downloads of checkpoints."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from tests.web.checkpoint_files import WEIGHTS, make_checkpoint_with_files


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member, name="Ärger & Co"), member, "finished", name="Run 3")


def download(client, checkpoint, wanted="keras"):
    return client.get(reverse("checkpoint-download", args=[checkpoint.id]), {"format": wanted})


def test_the_whole_model_is_an_attachment_with_a_name_that_says_where_it_came_from(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5))
    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == 'attachment; filename="arger-co-run-3-cp-0005.keras"'
    assert int(response["Content-Length"]) == len(content)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["config.json", "model.weights.h5"]


def test_weights_only_is_the_member_of_the_archive(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5), "weights")
    assert b"".join(response.streaming_content) == WEIGHTS
    assert int(response["Content-Length"]) == len(WEIGHTS)
    assert response["Content-Disposition"].endswith('cp-0005.weights.h5"')


def test_an_unknown_format_is_refused_naming_the_choices(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint_with_files(run, 5), "exe")
    assert response.status_code == 400
    assert b"keras or weights" in response.content


def test_removed_files_are_gone_and_not_missing(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint(run, 5, purged_at=timezone.now()))
    assert response.status_code == 410
    assert "removed to free disk space" in response.content.decode()


def test_files_that_are_nowhere_are_said_in_a_sentence(client_of, viewer, run):
    response = download(client_of(viewer), make_checkpoint(run, 5))
    assert response.status_code == 410
    assert "not in the data folder" in response.content.decode()


def test_outsiders_get_nothing(client_of, outsider, run):
    assert download(client_of(outsider), make_checkpoint_with_files(run, 5)).status_code == 404
