"""What the API says of a run's exactness, and how it is asked for."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run, record_epochs
from tests.web.launches.test_verification import EXACT, OTHER
from webapp.runs.models import ResumeCheck, Run
from webapp.teams.models import ApiToken


@pytest.fixture
def api(team, member):
    secret = ApiToken.issue(user=member, team=team, name="t")[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def run(team, member):
    run = make_run(make_experiment(team, member), member, "running")
    record_epochs(run, 2)
    make_checkpoint(run, 2)
    Run.objects.update(state="finished")
    return run


@pytest.mark.parametrize(("result", "exact"), [(EXACT, True), (OTHER, False)])
def test_the_proof_is_part_of_the_run(result, exact, api, run):
    ResumeCheck.objects.create(run=run, state="finished", finished_at=timezone.now(), result=result)
    shown = api.get(f"/api/v1/runs/{run.id}").json()
    assert (shown["resume_proof"]["exact"], shown["resume_check"]["exact"]) == (exact, exact)
    assert "gpu-1 (NVIDIA H200)" in shown["resume_proof"]["sentence"]


def test_a_check_is_queued_once(api, run):
    first, second = (api.post(f"/api/v1/runs/{run.id}/check-resume") for _ in range(2))
    assert (first.status_code, first.json()["state"], first.json()["exact"]) == (202, "queued", None)
    assert second.json()["id"] == first.json()["id"] == api.get(f"/api/v1/runs/{run.id}").json()["resume_check"]["id"]


def test_what_a_resume_would_be_is_part_of_the_run(api, run):
    resume = api.get(f"/api/v1/runs/{run.id}").json()["resume"]
    assert (resume["possible"], resume["checkpoint"], resume["exact"]) == (True, "cp-0002", None)
    assert "No worker is online" in resume["sentence"]


def test_a_reproduction_is_launched_and_compared(api, run):
    launched = api.post(f"/api/v1/runs/{run.id}/reproduce")
    assert (launched.status_code, launched.json()["reproduces"]) == (201, str(run.id))
    shown = api.get(f"/api/v1/runs/{run.id}").json()["reproductions"]
    assert [(row["again"], row["verdict"]) for row in shown] == [(launched.json()["id"], "running")]


def test_a_run_that_is_not_finished_is_not_reproduced(api, run):
    Run.objects.update(state="failed")
    refused = api.post(f"/api/v1/runs/{run.id}/reproduce")
    assert (refused.status_code, "only a finished run" in refused.json()["detail"]) == (409, True)
