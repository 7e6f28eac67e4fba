"""What is damaged or removed is neither downloaded, evaluated, tried, branched from nor resumed: page and API alike."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_experiment, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from trainer.errors import SpecError
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.launches import lifecycle
from webapp.runs.models import Run
from webapp.teams.models import ApiToken

pytestmark = pytest.mark.django_db
DAMAGE = "cp-0005/model.keras was changed: its SHA-256 is not the one on record."


@pytest.fixture
def run(data, team, member):
    return make_run(make_experiment(team, member), member, "stopped")


@pytest.fixture
def checkpoint(run) -> Checkpoint:
    checkpoint = make_checkpoint_with_files(run, 5)
    Checkpoint.objects.update(damaged=DAMAGE)
    checkpoint.refresh_from_db()
    return checkpoint


@pytest.fixture
def api(team, member) -> Client:
    return Client(headers={"Authorization": f"Bearer {ApiToken.issue(user=member, team=team, name='t')[1]}"})


def said_by(answer) -> str:
    """Which file, and what to do."""
    text = answer.content.decode()
    assert "cp-0005/model.keras was changed" in text
    assert "Choose another checkpoint of the run" in text
    return text


@pytest.mark.parametrize("wanted", ["keras", "weights"])
def test_a_damaged_one_is_not_downloaded(client_of, viewer, api, checkpoint, wanted):
    for client, url in (
        (client_of(viewer), reverse("checkpoint-download", args=[checkpoint.id])),
        (api, f"/api/v1/checkpoints/{checkpoint.id}/download"),
    ):
        answer = client.get(url, {"format": wanted})
        assert answer.status_code == 410
        said_by(answer)


@pytest.mark.parametrize("wanted", ["keras", "weights"])
def test_damage_that_nobody_has_noticed_is_not_handed_out_either(client_of, viewer, run, data, wanted):
    checkpoint = make_checkpoint_with_files(run, 5)
    model = data / checkpoint.key / "model.keras"
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    answer = client_of(viewer).get(reverse("checkpoint-download", args=[checkpoint.id]), {"format": wanted})
    assert answer.status_code == 410
    said_by(answer)
    assert not Checkpoint.objects.exclude(damaged="").exists(), "a download changes nothing"


def test_a_damaged_one_is_neither_evaluated_nor_tried(client_of, member, api, checkpoint):
    client = client_of(member)
    said_by(client.post(reverse("checkpoint-evaluate", args=[checkpoint.id]), {"split": "test"}, follow=True))
    row = {"pixels": ",".join(["0"] * 64)}
    client.post(reverse("checkpoint-try", args=[checkpoint.id]), row)
    url = f"/api/v1/checkpoints/{checkpoint.id}/evaluations"
    answer = api.post(url, json.dumps({"split": "test"}), content_type="application/json")
    assert answer.status_code == 409
    said_by(answer)
    assert not Evaluation.objects.exists()
    assert not Prediction.objects.exists()


def test_a_damaged_one_is_not_branched_from(client_of, member, run, checkpoint):
    said_by(client_of(member).get(reverse("launch"), {"branch": str(checkpoint.id)}))
    with pytest.raises(SpecError, match=r"cp-0005/model\.keras was changed"):
        lifecycle.launch(run.experiment, run.parsed_spec, user=member, parent=checkpoint)
    assert Run.objects.count() == 1


LOST = [({"damaged": DAMAGE}, "cp-0005/model.keras was changed"), ({"purged_at": timezone.now()}, "were deleted")]


@pytest.mark.parametrize(("fields", "words"), LOST)
def test_a_run_with_nothing_to_go_on_from_is_refused_at_once(client_of, member, api, run, fields, words):
    make_checkpoint_with_files(run, 5)
    Checkpoint.objects.update(**fields)
    page = client_of(member).post(reverse("run-resume", args=[run.id]), follow=True).content.decode()
    answer = api.post(f"/api/v1/runs/{run.id}/resume", "{}", content_type="application/json")
    shown = api.get(f"/api/v1/runs/{run.id}").json()["resume"]
    assert (answer.status_code, shown["possible"]) == (409, False)
    for text in (page, answer.json()["detail"], shown["sentence"]):
        assert words in text
        assert "Launch it again to train from the start" in text
    assert Run.objects.get().state == "stopped"


def test_a_branch_that_never_saved_is_not_resumed_without_its_parent(member, run, checkpoint):
    child = make_run(run.experiment, member, "failed", parent=checkpoint)
    with pytest.raises(lifecycle.WrongState, match=r"begins with the weights of cp-0005\. cp-0005 is damaged"):
        lifecycle.resume(child, user=member)
    Checkpoint.objects.update(damaged="")
    child = Run.objects.get(pk=child.pk)
    lifecycle.resume(child, user=member)
    assert Run.objects.get(pk=child.pk).state == "queued"
