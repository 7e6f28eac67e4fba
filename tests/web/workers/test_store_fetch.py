"""A checkpoint whose row is there before its files: waited for, passed over, and never called damaged."""

from __future__ import annotations

import shutil
import threading
import time

import pytest

from tests.factories import make_experiment, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.jobs import lifecycle
from webapp.runs.models import Run
from webapp.storage import store
from webapp.workers.handlers.checkpoints import EvaluationWork
from webapp.workers.handlers.needs import CannotContinue
from webapp.workers.handlers.training import RunWork
from webapp.workers.recording import store_fetch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(bucket, team, member):
    return make_run(make_experiment(team, member), member, "running")


@pytest.fixture
def checkpoints(run, data):
    """Two of another machine: of the first the files are in the bucket, of the second nowhere that we can see."""
    arrived, on_its_way = make_checkpoint_with_files(run, 5), make_checkpoint_with_files(run, 10)
    store.publish(arrived.key)
    shutil.move(data / "runs", data / "elsewhere")
    return arrived, on_its_way


def resumed_from(run) -> str:
    return str(RunWork(run).request().get("resume_from", "")).rpartition("/")[2]


def test_a_run_goes_on_from_the_newest_that_has_arrived_and_says_so(run, checkpoints):
    assert resumed_from(run) == "cp-0005"
    assert not Checkpoint.objects.exclude(damaged="").exists()
    said = str(Message.from_json(run.events.get(kind="log").payload["message"]))
    assert "cp-0010 are not in the bucket yet" in said
    assert "resumes from an earlier one" in said


def test_what_arrives_while_it_waits_is_taken(run, checkpoints, data, monkeypatch):
    monkeypatch.setattr(store_fetch, "ARRIVAL_SECONDS", 20)

    def bring() -> None:
        time.sleep(0.3)
        shutil.move(data / "elsewhere", data / "runs")

    threading.Thread(target=bring).start()
    assert resumed_from(run) == "cp-0010"


def test_without_any_it_ends_with_the_sentence_and_never_begins_anew(run, checkpoints, data):
    Checkpoint.objects.filter(pk=checkpoints[0].pk).delete()
    with pytest.raises(CannotContinue, match="cp-0010 are not in the bucket yet") as refusal:
        RunWork(run).request()
    assert "Nothing is lost" in str(refusal.value.advice)
    assert not Checkpoint.objects.exclude(damaged="").exists()


def test_a_stop_ends_the_waiting(run, checkpoints, monkeypatch):
    monkeypatch.setattr(store_fetch, "ARRIVAL_SECONDS", 600)
    lifecycle.request_stop(run)
    with pytest.raises(store_fetch.Interrupted):
        RunWork(run).request()


def test_another_worker_that_has_taken_the_run_ends_the_waiting(run, checkpoints, monkeypatch):
    monkeypatch.setattr(store_fetch, "ARRIVAL_SECONDS", 600)
    Run.objects.update(attempt=2)
    with pytest.raises(store_fetch.Interrupted):
        RunWork(run).request()


def test_while_it_waits_the_page_says_for_what_and_then_no_more(run, checkpoints, data, member, client_of, monkeypatch):
    monkeypatch.setattr(store_fetch, "ARRIVAL_SECONDS", 20)
    said = []

    def bring(seconds: float) -> None:
        said.append(client_of(member).get(f"/runs/{run.id}/parts/").content.decode())
        shutil.move(data / "elsewhere", data / "runs")

    monkeypatch.setattr(store_fetch.time, "sleep", bring)
    assert resumed_from(run) == "cp-0010"
    assert "Waiting for files that are not in the bucket yet" in said[0]
    assert Run.objects.get().progress == {}


def test_a_bucket_that_is_away_damages_nothing(run, checkpoints, settings):
    settings.CHECKPOINT_STORE = {"bucket_name": "no-such-bucket", "location": ""}
    with pytest.raises(CannotContinue, match="cannot be used") as refusal:
        RunWork(run).request()
    assert "The job waited 0 seconds for it." in str(refusal.value)
    assert "Nothing is lost" in str(refusal.value.advice)
    assert not Checkpoint.objects.exclude(damaged="").exists()


def test_an_evaluation_waits_too_and_then_says_when_to_try_again(checkpoints):
    evaluation = Evaluation.objects.create(checkpoint=checkpoints[1], split="test", state="running", attempt=1)
    with pytest.raises(CannotContinue, match="not in the bucket yet") as refusal:
        EvaluationWork(evaluation).request()
    assert "try again when the machine that wrote the checkpoint" in str(refusal.value.advice)
