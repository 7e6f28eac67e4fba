"""The quota of a team: warned of from 80 %, refusing launches above it, and never stopping what trains."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from trainer.events import CheckpointSaved
from trainer.problems import SpecError, parse_spec
from trainer.spec import Spec
from webapp.checkpoints import space
from webapp.metrics.recorder import record
from webapp.runs import lifecycle
from webapp.runs.models import Run
from webapp.teams.models import Team


@pytest.fixture
def run(team, member):
    run = make_run(make_experiment(team, member), member, "finished")
    make_checkpoint(run, size_bytes=900_000)
    return run


@pytest.fixture
def limit(team):
    def to(quota: int) -> Team:
        Team.objects.filter(pk=team.pk).update(quota_bytes=quota)
        team.refresh_from_db()
        return team

    return to


def text_of(client, name: str, **query: str) -> str:
    return client.get(reverse(name), query).content.decode()


def test_what_takes_space_counts_also_of_deleted_runs_but_not_what_was_removed(team, member, run):
    deleted = make_run(run.experiment, member, "finished", deleted_at=timezone.now())
    make_checkpoint(deleted, size_bytes=50_000)
    make_checkpoint(run, 10, size_bytes=7, purged_at=timezone.now())
    make_checkpoint(run, 15, size_bytes=50_000, damaged="cut off")
    assert space.usage_of(team) == space.Usage(1_000_000, 50_000, None)


def test_other_teams_do_not_count(other_team, run):
    assert space.usage_of(other_team).used == 0


@pytest.mark.parametrize(("quota", "warned"), [(1_200_000, False), (1_125_000, True), (900_001, True), (900_000, True)])
def test_from_80_percent_on_the_pages_warn(client_of, member, run, limit, quota, warned):
    limit(quota)
    for page in ("team", "checkpoints", "launch"):
        assert ("free some space" in (text := text_of(client_of(member), page)) or "is freed" in text) == warned


def test_above_it_a_launch_is_refused_with_what_to_do(member, run, limit):
    limit(900_000)
    with pytest.raises(SpecError, match=r"take 900 kB; its quota is 900 kB\. Free space on the checkpoints page"):
        lifecycle.launch(run.experiment, Spec(), user=member)
    assert Run.objects.count() == 1


def test_the_launch_page_says_why_it_was_refused(client_of, member, run, limit):
    limit(1000)
    form = {"run-id": str(uuid.uuid4()), "run-experiment": str(run.experiment_id), "run-experiment_name": ""}
    answer = client_of(member).post(reverse("launch"), form)
    assert answer.status_code == 422
    assert "its quota is 1.0 kB. Free space on the checkpoints page" in answer.content.decode()
    assert Run.objects.count() == 1


def test_the_example_is_refused_with_a_sentence(client_of, member, run, limit):
    limit(1000)
    html = client_of(member).post(reverse("launch-example"), follow=True).content.decode()
    assert "its quota is 1.0 kB" in html


def test_a_run_that_has_been_launched_resumes_above_it(member, run, limit):
    limit(1000)
    Run.objects.filter(pk=run.pk).update(state="stopped")
    lifecycle.resume(run, user=member)
    run.refresh_from_db()
    assert run.state == "queued"


def test_only_admins_see_how_full_the_disk_is(client_of, admin, member, run):
    assert "are free on the disk" in text_of(client_of(admin), "checkpoints")
    assert "are free on the disk" not in text_of(client_of(member), "checkpoints")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_trains_goes_on_and_says_once_at_each_limit_that_space_comes_to_an_end(team, member, limit):
    limit(1000)
    spec = parse_spec({"checkpoints": {"keep_last": 10}})
    run = make_run(make_experiment(team, member), member, "running", spec=spec)
    for epoch, size in enumerate((700, 50, 100, 200, 10), start=1):
        fields = {"name": f"cp-{epoch:04d}", "path": f"checkpoints/cp-{epoch:04d}", "epoch": epoch, "step": 0}
        saved = CheckpointSaved(line=epoch, metrics={}, size_bytes=size, digest="0" * 64, **fields)
        assert record(run, [saved])
    said = [event.payload["message"] for event in run.events.filter(kind="log").order_by("seq")]
    assert [text.split(".")[0] for text in said] == [
        "The team's checkpoints take 850 B of 1",
        "The team's checkpoints take 1",
    ]
    assert all(text.endswith("This run goes on.") for text in said)
