"""Who gets in by a token, and how far."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.teams.models import ApiToken, Membership, Role

CHANGES = ["/runs/{run}/stop", "/runs/{run}/resume", "/checkpoints/{checkpoint}/evaluations", "/runs"]
LOOKS = ["/runs/{run}", "/runs/{run}/metrics", "/checkpoints/{checkpoint}", "/checkpoints/{checkpoint}/download"]


@pytest.fixture
def ids(team, member):
    run = make_run(make_experiment(team, member), member, "running")
    return {"run": run.id, "checkpoint": make_checkpoint(run).id}


def client_with(secret):
    return Client(headers={"Authorization": f"Bearer {secret}"})


def token_of(user, team):
    return ApiToken.issue(user=user, team=team, name="test")[1]


def post(client, path):
    body = {"experiment": "A", "spec": {}} if path.endswith("/runs") else {}
    body = {"split": "test"} if path.endswith("evaluations") else body
    return client.post(f"/api/v1{path}", body, content_type="application/json")


@pytest.mark.parametrize("path", CHANGES)
def test_a_viewer_changes_nothing(viewer, team, ids, path):
    answer = post(client_with(token_of(viewer, team)), path.format(**ids))
    assert answer.status_code == 403
    assert "viewer" in answer.json()["detail"]


@pytest.mark.parametrize("path", LOOKS)
def test_another_team_sees_nothing(outsider, other_team, ids, path):
    answer = client_with(token_of(outsider, other_team)).get(f"/api/v1{path.format(**ids)}")
    assert answer.status_code == 404
    assert answer.json()["detail"]


def test_a_token_opens_only_its_own_team(outsider, team, other_team, ids):
    Membership.objects.create(user=outsider, team=team, role=Role.ADMIN)
    client = client_with(token_of(outsider, other_team))
    assert client.get(f"/api/v1/runs/{ids['run']}").status_code == 404
    assert client.get("/api/v1/runs").json()["count"] == 0


def test_a_member_does_not_stop_the_run_of_another(team, admin, member):
    run = make_run(make_experiment(team, admin), admin)
    answer = post(client_with(token_of(member, team)), f"/runs/{run.id}/stop")
    assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}])
def test_without_a_valid_token_one_is_asked_for(db, headers):
    answer = Client(headers=headers).get("/api/v1/runs")
    assert answer.status_code == 401
    assert "Bearer" in answer.json()["detail"]


def test_a_session_of_a_browser_is_no_token(client_of, member):
    assert client_of(member).get("/api/v1/runs").status_code == 401


def test_who_left_the_team_or_was_closed_out_is_refused(team, member, viewer):
    secrets = [token_of(member, team), token_of(viewer, team)]
    member.is_active = False
    member.save()
    Membership.objects.filter(user=viewer).delete()
    assert [client_with(secret).get("/api/v1/runs").status_code for secret in secrets] == [401, 401]


def test_the_last_use_is_remembered_once_a_minute(team, member, django_assert_num_queries):
    client = client_with(token_of(member, team))
    client.get("/api/v1/workers")
    token = ApiToken.objects.get()
    assert timezone.now() - token.last_used_at < timedelta(seconds=5)
    client.get("/api/v1/workers")
    assert ApiToken.objects.get().last_used_at == token.last_used_at
