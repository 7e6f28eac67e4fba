"""The JSON API, as a program meets it."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.factories import make_checkpoint, make_experiment, make_run, record_epochs
from trainer.spec import SPEC_VERSION
from webapp.runs.models import Run
from webapp.teams.models import ApiToken

BAD_SPEC = {"dataset": {"name": "digits"}, "network": {"kind": "mlp", "layers": [{"units": 0}]}}


@pytest.fixture
def api(team):
    """A caller with the token of a person: ``api(user).get("/runs")``."""

    def as_(user, in_team=None):
        _, secret = ApiToken.issue(user=user, team=in_team or team, name="test")
        return Caller(secret)

    return as_


class Caller:
    def __init__(self, secret):
        self.client = Client(headers={"Authorization": f"Bearer {secret}"}, enforce_csrf_checks=True)

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path, **body):
        return self.client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")


@pytest.fixture
def experiment(team, member):
    return make_experiment(team, member, name="Digits")


def test_launch_creates_the_experiment_and_queues_the_run(api, member):
    answer = api(member).post("/runs", experiment="Digits", spec={}, name="first", tags=["a"])
    assert answer.status_code == 201, answer.content
    run = Run.objects.get(id=answer.json()["id"])
    assert (run.state, run.name, run.tags, run.experiment.metric) == ("queued", "first", ["a"], "val_accuracy")
    assert answer.json()["spec"] == run.spec


def test_launch_uses_the_experiment_of_that_name(api, member, experiment):
    api(member).post("/runs", experiment="Digits", spec={})
    assert experiment.runs.count() == 1


def test_a_wrong_value_is_refused_at_its_field_and_nothing_is_queued(api, member):
    answer = api(member).post("/runs", experiment="Digits", spec=BAD_SPEC)
    assert answer.status_code == 422
    assert [problem["path"] for problem in answer.json()["problems"]] == ["network.layers.0.units"]
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"spec": {}}, "experiment"),
        ({"experiment": "", "spec": {}}, "experiment"),
        ({"experiment": "A", "spec": {}, "colour": "red"}, "colour"),
        ({"experiment": "A", "spec": {"speed": 3}}, "speed"),
        ({"experiment": "A", "spec": {"fit": {"epochs": 10**9}}}, "fit.epochs"),
        ({"experiment": "A", "spec": {"fit": {"batch_size": 5000}}}, "fit.batch_size"),
        ({"experiment": "A", "spec": {"dataset": {"name": "nonsense"}}}, "dataset.name"),
    ],
)
def test_a_wrong_request_names_the_field(api, member, body, path):
    answer = api(member).post("/runs", **body)
    assert answer.status_code == 422
    assert [problem["path"] for problem in answer.json()["problems"]] == [path]


def test_a_number_that_is_none_is_refused(api, member):
    text = '{"experiment": "A", "spec": {"optimizer": {"kind": "adam", "learning_rate": NaN}}}'
    answer = api(member).client.post("/api/v1/runs", text, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"] == "optimizer.learning_rate"


def test_what_is_no_json_is_said_to_be_none(api, member):
    answer = api(member).client.post("/api/v1/runs", "{", content_type="application/json")
    assert answer.status_code == 400
    assert "detail" in answer.json()


def test_runs_are_filtered_and_paged(api, viewer, experiment):
    for state in ("queued", "failed", "failed", "failed"):
        make_run(experiment, viewer, state, tags=["café"])
    answer = api(viewer).get("/runs", state="failed", tag="café", experiment="Digits", page=2, page_size=2).json()
    assert answer["count"] == 3
    assert [run["state"] for run in answer["items"]] == ["failed"]


def test_a_queued_run_says_why_it_waits(api, viewer, experiment):
    run = make_run(experiment, viewer)
    assert "worker" in api(viewer).get(f"/runs/{run.id}").json()["why_waiting"]


def test_metrics_come_after_the_number_that_was_given(api, viewer, experiment):
    run = make_run(experiment, viewer, "running")
    record_epochs(run, 3)
    answer = api(viewer).get(f"/runs/{run.id}/metrics", after=2).json()
    assert [event["epoch"] for event in answer["events"]] == [2, 3]
    assert answer["last_seq"] == answer["events"][-1]["seq"] == 4


def test_a_spec_of_an_earlier_version_keeps_its_meaning_and_is_stored_in_this_one(api, member, experiment):
    answer = api(member).post("/runs", experiment=experiment.name, spec={"version": 1})
    stored = Run.objects.get(id=answer.json()["id"]).spec
    assert (stored["version"], stored["checkpoints"]["when_improved"]) == (SPEC_VERSION, False)


def test_a_spec_of_a_later_release_is_refused_in_words(api, member, experiment):
    answer = api(member).post("/runs", experiment=experiment.name, spec={"version": SPEC_VERSION + 1})
    assert answer.status_code == 422
    assert "later release" in answer.content.decode()


def test_stop_and_resume(api, member, experiment):
    run = make_run(experiment, member)
    make_checkpoint(run, 5)
    assert api(member).post(f"/runs/{run.id}/stop").json()["state"] == "stopped"
    answer = api(member).post(f"/runs/{run.id}/resume", epochs=40)
    assert (answer.status_code, answer.json()["state"], answer.json()["epochs"]) == (202, "queued", 40)


def test_what_cannot_be_done_in_this_state_is_a_conflict(api, member, experiment):
    run = make_run(experiment, member, "finished")
    answer = api(member).post(f"/runs/{run.id}/stop")
    assert answer.status_code == 409
    assert "finished" in answer.json()["detail"]


def test_checkpoints_of_a_run_carry_their_marks(api, viewer, experiment):
    run = make_run(experiment, viewer, "finished")
    for epoch in (5, 10):
        make_checkpoint(run, epoch)
    items = api(viewer).get("/checkpoints", run=run.id).json()["items"]
    assert [(item["name"], item["latest"]) for item in items] == [("cp-0010", True), ("cp-0005", False)]


def test_an_evaluation_is_queued_and_can_be_looked_at(api, member, experiment):
    checkpoint = make_checkpoint(make_run(experiment, member, "finished"))
    answer = api(member).post(f"/checkpoints/{checkpoint.id}/evaluations", split="test")
    assert answer.status_code == 201
    again = api(member).get(f"/evaluations/{answer.json()['id']}")
    assert (again.json()["split"], again.json()["state"]) == ("test", "queued")


def test_files_that_are_gone_are_said_to_be_gone(api, viewer, experiment):
    checkpoint = make_checkpoint(make_run(experiment, viewer, "finished"))
    assert api(viewer).get(f"/checkpoints/{checkpoint.id}/download", format="keras").status_code == 410


def test_datasets_and_workers_are_listed(api, viewer):
    datasets = api(viewer).get("/datasets").json()
    names = [dataset["name"] for dataset in datasets]
    (iris,) = (dataset for dataset in datasets if dataset["name"] == "iris")
    assert iris["columns"][3] == {"name": "petal width (cm)", "categories": [], "has_missing": False}
    assert {"digits", "diabetes", "mnist"} <= set(names)
    assert api(viewer).get("/workers").json() == []
