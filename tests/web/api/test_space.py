"""Space by the API: what is taken, what would be freed, what is freed, and the quota."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run, make_user
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Checkpoint
from webapp.runs.models import Run
from webapp.teams.models import ApiToken, Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(data, team, member):
    return make_run(make_experiment(team, member), member, "finished")


@pytest.fixture
def every(run) -> list[Checkpoint]:
    """Four: the second is the best, the last the latest."""
    return [make_checkpoint_with_files(run, 5 * at, value=value) for at, value in enumerate((0.5, 0.9, 0.7, 0.8), 1)]


@pytest.fixture
def ask(team):
    """``ask(user, "post", "/space")`` → (status, JSON)."""

    def asked(user, method, path, **body):
        client = Client(headers={"Authorization": f"Bearer {ApiToken.issue(user=user, team=team, name='t')[1]}"})
        given = body if method == "get" else json.dumps(body)
        options = {} if method == "get" else {"content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1{path}", given, **options)
        return answer.status_code, answer.json()

    return asked


def ids(*checkpoints: Checkpoint) -> list[str]:
    return [str(checkpoint.id) for checkpoint in checkpoints]


def on_disk(data) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())


def test_what_a_run_an_experiment_and_the_team_take(ask, viewer, member, team, run, every):
    other = make_run(make_experiment(team, member), member, "finished")
    make_checkpoint(other, size_bytes=1_000)
    mine = sum(checkpoint.size_bytes for checkpoint in every)
    for where in ({"run": run.id}, {"experiment": run.experiment_id}):
        taken = ask(viewer, "get", "/space", **where)[1]
        assert (taken["num_checkpoints"], taken["num_bytes"], taken["team"]["used"]) == (4, mine, mine + 1_000)


def test_what_is_planned_is_what_is_freed_to_the_byte(ask, member, data, run, every):
    before = on_disk(data)
    plan = ask(member, "get", "/checkpoints/free", run=run.id)[1]
    assert ([each["id"] for each in plan["going"]], on_disk(data)) == (ids(every[0], every[2]), before)
    status, freed = ask(member, "post", "/checkpoints/free", checkpoints=[each["id"] for each in plan["going"]])
    assert (status, freed["gone"], freed["staying"]) == (200, ids(every[0], every[2]), [])
    assert freed["num_bytes"] == plan["num_bytes"] == before - on_disk(data) > 10_000


def test_what_is_left_alone_can_be_said(ask, member, every):
    plan = ask(member, "get", "/checkpoints/free", best=False, latest=False)[1]
    assert [each["id"] for each in plan["going"]] == ids(*every)


def test_what_has_to_stay_stays_with_the_reason(ask, admin, every):
    Checkpoint.objects.filter(pk=every[0].pk).update(pinned=True)
    freed = ask(admin, "post", "/checkpoints/free", checkpoints=ids(every[0]))[1]
    assert (freed["gone"], freed["staying"][0]["reason"]) == ([], "It is pinned. Unpin it first.")


def test_members_free_their_own_and_nobody_that_of_another_team(ask, member, admin, other_team, outsider, every):
    theirs = make_checkpoint(make_run(make_experiment(other_team, outsider), outsider, "finished"))
    Run.objects.filter(pk=every[0].run_id).update(created_by=admin)
    assert ask(member, "get", "/checkpoints/free")[1]["going"] == []
    freed = ask(member, "post", "/checkpoints/free", checkpoints=ids(every[0], theirs))[1]
    assert (freed["gone"], [each["id"] for each in freed["staying"]]) == ([], ids(every[0]))
    assert not Checkpoint.objects.filter(purged_at__isnull=False).exists()


@pytest.fixture
def operator(team):
    return make_user("operator@example.org", team, Role.VIEWER, is_operator=True)


def test_the_quota_is_read_by_all_and_set_by_operators(ask, viewer, admin, operator, team, every):
    assert ask(viewer, "get", "/space")[1]["team"]["quota"] is None
    assert ask(admin, "put", "/space/quota", quota_bytes=10**6)[0] == 403
    assert ask(operator, "put", "/space/quota", quota_bytes=10**6)[1]["quota"] == 10**6
    Checkpoint.objects.update(size_bytes=240_000)
    assert "free some space" in ask(viewer, "get", "/space")[1]["team"]["warning"]
    assert ask(operator, "put", "/space/quota", quota_bytes=None)[1]["quota"] is None


@pytest.mark.parametrize("given", [0, -1, "much", 10**16, 1.5])
def test_a_quota_that_is_none_is_refused_at_its_field(ask, admin, given):
    status, answer = ask(admin, "put", "/space/quota", quota_bytes=given)
    assert (status, [problem["path"] for problem in answer["problems"]]) == (422, ["quota_bytes"])


def test_a_deleted_run_is_had_back_or_purged(ask, member, admin, data, run, every):
    assert ask(member, "get", f"/runs/{run.id}/purge")[0] == 409
    deleted = ask(member, "post", f"/runs/{run.id}/delete")[1]
    assert (ask(member, "get", f"/runs/{run.id}")[0], deleted["going"]) == (404, ids(*every))
    assert ask(member, "post", f"/runs/{run.id}/restore")[1]["state"] == "finished"
    ask(member, "post", f"/runs/{run.id}/delete")
    assert ask(member, "post", f"/runs/{run.id}/purge")[0] == 403
    planned, before = ask(member, "get", f"/runs/{run.id}/purge")[1]["num_bytes"], on_disk(data)
    assert ask(admin, "post", f"/runs/{run.id}/purge")[1]["num_bytes"] == planned == before - on_disk(data)


def test_a_checkpoint_is_verified_pinned_and_noted(ask, member, data, every):
    path = f"/checkpoints/{every[0].id}"
    assert ask(member, "post", f"{path}/verify")[1]["whole"] is True
    (data / every[0].key / "state.npz").unlink()
    assert "state.npz is missing" in ask(member, "post", f"{path}/verify")[1]["sentence"]
    assert "state.npz is missing" in ask(member, "get", path)[1]["damaged"]
    assert ask(member, "post", f"{path}/pin", pinned=True)[1]["pinned"] is True
    assert ask(member, "post", f"{path}/pin", pinned=False)[1]["pinned"] is False
    assert ask(member, "post", f"{path}/note", note=" keep ")[1]["note"] == "keep"


def test_what_is_gone_is_neither_verified_nor_pinned(ask, member, every):
    Checkpoint.objects.update(purged_at=timezone.now())
    for act in ("verify", "pin"):
        status, answer = ask(member, "post", f"/checkpoints/{every[0].id}/{act}")
        assert (status, "there is nothing to" in answer["detail"]) == (409, True)


def test_a_run_is_branched_from_a_checkpoint_unless_that_is_damaged(ask, member, run, every):
    body = {"experiment": run.experiment.name, "spec": run.spec, "parent": str(every[0].id)}
    assert ask(member, "post", "/runs", **body)[1]["parent"] == body["parent"]
    Checkpoint.objects.update(damaged="cp-0005/model.keras is missing.")
    status, answer = ask(member, "post", "/runs", **(body | {"experiment": "New"}))
    assert (status, "model.keras is missing" in answer["problems"][0]["message"]) == (422, True)
    assert not run.experiment.team.experiments.filter(name="New").exists()
