"""What the API refuses is JSON of one shape, whoever refuses it, and its OpenAPI document says so."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client

from tests.factories import make_checkpoint, make_experiment, make_run
from trainer.errors import SpecError
from trainer.validation.parsing import parse_spec
from webapp.api.contract import JsonParser
from webapp.api.routers import runs
from webapp.experiments.models import Experiment
from webapp.launches import lifecycle
from webapp.runs.models import Run
from webapp.teams.models import ApiToken, Membership, Role

RUN = f"/api/v1/runs/{uuid.uuid4()}"


@pytest.fixture
def api(team, member):
    secret = ApiToken.issue(user=member, team=team, name="t")[1]
    return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)


def send(api, method, path, body=None):
    given = body if isinstance(body, str | bytes) else json.dumps(body)
    return api.generic(method, path, "" if body is None else given, content_type="application/json")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/runs", "{", 400),
        ("POST", "/api/v1/runs", b'"\xff"', 400),
        ("POST", "/api/v1/runs", "[" * 60_000, 400),
        ("GET", "/api/v1/runs/no-id", None, 404),
        ("GET", "/api/v1/runs/no-id/metrics", None, 404),
        ("GET", "/api/v1/nothing", None, 404),
        ("GET", "/api/v2/runs", None, 404),
        ("GET", RUN, None, 404),
        ("DELETE", RUN, None, 405),
        ("HEAD", RUN, None, 405),
        ("POST", "/api/v1/openapi.json", None, 405),
        ("POST", "/api/v1/runs", "x" * (3 * 1024 * 1024), 413),
        ("GET", "/api/v1/runs?page=0", None, 422),
        ("POST", "/api/v1/runs", {"experiment": "A", "spec": {"speed": 3, "fit": {"epochs": 0}}}, 422),
    ],
)
def test_every_refusal_is_json_with_a_sentence(api, method, path, body, status):
    answer = send(api, method, path, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    if method != "HEAD":
        refusal = json.loads(answer.content)
        assert refusal.keys() == {"detail", "problems"}
        assert len(refusal["detail"]) > 10
        assert bool(refusal["problems"]) == (status == 422)


def test_a_method_that_is_not_there_names_those_that_are(api):
    assert send(api, "PUT", "/api/v1/runs")["Allow"] in {"GET, POST", "POST, GET"}


def test_a_mistake_of_the_server_is_json_too(api, monkeypatch):
    monkeypatch.setattr(runs, "runs_of", None)
    answer = api.get("/api/v1/runs")
    assert (answer.status_code, "was logged" in answer.json()["detail"]) == (500, True)


def test_pages_answer_people_in_html(client_of, member):
    browser = client_of(member)
    assert browser.get("/runs/no-id/")["Content-Type"].startswith("text/html")
    too_much = browser.post(
        "/runs/new/", "x=" + "x" * (3 * 1024 * 1024), content_type="application/x-www-form-urlencoded"
    )
    assert (too_much.status_code, too_much["Content-Type"].split(";")[0]) == (413, "text/html")


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/checkpoints"])
def test_no_number_of_a_page_is_too_large_for_the_database(api, path):
    assert api.get(path, {"page": 10**9, "page_size": 500}).json()["items"] == []
    for page in (10**9 + 1, 2**63 - 1, 10**30):
        answer = api.get(path, {"page": page})
        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "page")


@pytest.mark.parametrize("path", ["/runs/", "/checkpoints/"])
def test_the_lists_of_pages_have_a_last_page(client_of, member, path):
    browser = client_of(member)
    pages = ["9223372036854775807", "9" * 5000, "-1", "1.0", "\0"]
    assert {browser.get(path, {"page": page}).status_code for page in pages} == {200}


@pytest.mark.parametrize("given", [0, 1, "true", "yes", 1.0, None])
def test_what_is_no_boolean_pins_nothing(api, team, member, given):
    checkpoint = make_checkpoint(make_run(make_experiment(team, member), member))
    answer = send(api, "POST", f"/api/v1/checkpoints/{checkpoint.id}/pin", {"pinned": given})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "pinned")


@pytest.mark.parametrize("given", [True, "5", 5.5])
def test_what_is_no_whole_number_resumes_nothing(api, team, member, given):
    run = make_run(make_experiment(team, member), member, "finished")
    make_checkpoint(run)
    answer = send(api, "POST", f"/api/v1/runs/{run.id}/resume", {"epochs": given})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "epochs")


def test_a_whole_number_may_be_written_with_a_point(api):
    body = '{"experiment": "A", "spec": {"checkpoints": {"keep_last": 1.0}, "fit": {"epochs": 2e1}}}'
    spec = send(api, "POST", "/api/v1/runs", body).json()["spec"]
    assert (spec["checkpoints"]["keep_last"], spec["fit"]["epochs"]) == (1, 20)


@pytest.mark.parametrize("text", ["1.5", "1e300", "-1e300", "1e400", "9007199254740993.0", "1e-400"])
def test_other_numbers_stay_what_they_are(text, rf):
    read = JsonParser().parse_body(rf.post("/", text, content_type="application/json"))
    assert (type(read), read) == (float, float(text)) or (read == 0 and float(text) == 0)


def test_an_archived_experiment_takes_no_runs(api, client_of, team, member):
    experiment = make_experiment(team, member, name="Digits", archived_at="2026-01-01T00:00Z")
    answer = send(api, "POST", "/api/v1/runs", {"experiment": "Digits", "spec": {}})
    [problem] = answer.json()["problems"]
    assert (answer.status_code, problem["path"], "is archived" in problem["message"]) == (422, "experiment", True)
    page = client_of(member).post("/runs/new/", form(experiment))
    assert (page.status_code, "is archived. Unarchive it" in page.content.decode()) == (422, True)
    assert not Run.objects.exists()


def test_an_experiment_that_was_archived_meanwhile_takes_no_runs(team, member):
    looked_at = make_experiment(team, member, name="Digits")
    Experiment.objects.update(archived_at="2026-01-01T00:00Z")
    with pytest.raises(SpecError, match="is archived"):
        lifecycle.launch(looked_at, parse_spec({}), user=member)
    assert not Run.objects.exists()


def test_a_checkpoint_trains_for_no_other_team(api, client_of, team, other_team, member):
    """The person is in both teams, so that only the life cycle can refuse it; the API does not see the other team."""
    Membership.objects.create(team=other_team, user=member, role=Role.MEMBER)
    parent = make_checkpoint(make_run(make_experiment(other_team, member), member, "finished"))
    experiment = make_experiment(team, member, name="Digits")
    page = client_of(member).post("/runs/new/", form(experiment) | {"run-branch": str(parent.id)})
    assert (page.status_code, "belongs to another team" in page.content.decode()) == (422, True)
    body = {"experiment": "Digits", "spec": {}, "parent": str(parent.id)}
    assert send(api, "POST", "/api/v1/runs", body).status_code == 404
    assert Run.objects.count() == 1


def form(experiment):
    return {"run-id": str(uuid.uuid4()), "run-experiment": str(experiment.id), "dataset.name": "digits"}
