"""The quota of a team: warned of from 80 %, refusing launches and resumes, and holding while runs train."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run, record_epochs
from tests.web.api.test_api import api
from trainer.data.bundled.catalog import facts_of
from trainer.errors import SpecError
from trainer.events.events import CheckpointSaved
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec
from webapp.launches import disk_space, lifecycle, reproduction
from webapp.metrics import row_sizes
from webapp.runs.models import Run
from webapp.storage import quota
from webapp.teams.models import Team
from webapp.workers.recording.recorder import record
from webapp.workers.recording.retention import apply_retention

__all__ = ["api"]


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
    assert quota.usage_of(team) == quota.Usage(1_000_000, 50_000, None)


def test_other_teams_do_not_count(other_team, run):
    assert quota.usage_of(other_team).used == 0


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


def test_at_the_limit_no_run_is_resumed_and_page_and_api_say_why(client_of, api, member, run, limit):
    limit(900_000)
    Run.objects.filter(pk=run.pk).update(state="stopped")
    answer = client_of(member).post(reverse("run-resume", args=[run.id]), {"epochs": "120"}, follow=True)
    assert "its quota is 900 kB. Free space" in answer.content.decode()
    refused = api(member).post(f"/runs/{run.id}/resume", epochs=120)
    assert refused.status_code == 422
    assert "its quota is 900 kB. Free space" in refused.json()["problems"][0]["message"]
    run.refresh_from_db()
    assert (run.state, run.parsed_spec.fit.epochs) == ("stopped", 30)


def test_a_resume_is_asked_for_what_is_still_to_come_only(member, run, limit):
    promised = disk_space.bytes_promised(run.parsed_spec, facts_of("digits"))
    Run.objects.filter(pk=run.pk).update(state="stopped")
    limit(promised + 1)
    lifecycle.resume(run, user=member)
    run.refresh_from_db()
    assert (run.state, run.promised_bytes) == ("queued", promised)


def test_what_queued_runs_will_need_is_counted(team, member, run, limit):
    promised = disk_space.bytes_promised(Spec(), facts_of("digits"))
    limit(900_000 + promised + 1000)
    first = lifecycle.launch(run.experiment, Spec(), user=member)
    with pytest.raises(SpecError, match=r"runs will still need [\d.]+ [kM]B\. Keep fewer checkpoints\."):
        lifecycle.launch(run.experiment, Spec(), user=member)
    lifecycle.request_stop(first)
    assert quota.still_needed(team) == 0
    lifecycle.launch(run.experiment, Spec(), user=member)


def test_a_reproduction_and_a_branch_are_asked_as_well(member, run, limit):
    limit(900_001)
    parent = run.checkpoints.get()
    with pytest.raises(SpecError, match="This run may need"):
        reproduction.reproduce(run, member)
    with pytest.raises(SpecError, match="This run may need"):
        lifecycle.launch(run.experiment, run.parsed_spec, user=member, parent=parent)
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_launch_at_once_one_gets_the_last_bytes(member, run, limit):
    limit(900_000 + disk_space.bytes_promised(Spec(), facts_of("digits")) + 1000)
    assert sorted(at_once(lambda: lifecycle.launch(run.experiment, Spec(), user=member))) == [False, True]


def test_only_admins_see_how_full_the_disk_is(client_of, admin, member, run):
    assert "are free on the disk" in text_of(client_of(admin), "checkpoints")
    assert "are free on the disk" not in text_of(client_of(member), "checkpoints")


def at_once(launch) -> list[bool]:
    """Whether each of two launches at the same moment was accepted."""

    def accepted(_: int) -> bool:
        try:
            launch()
        except SpecError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(accepted, range(2)))


def save(run: Run, epoch: int, size: int, **metrics: float) -> None:
    """A worker records a checkpoint and then keeps the run to its rules."""
    fields = {"name": f"cp-{epoch:04d}", "path": f"checkpoints/cp-{epoch:04d}", "epoch": epoch, "step": 0}
    line, row_bytes = run.recorded_lines + 1, Run.objects.get(pk=run.pk).recorded_bytes
    assert record(run, [CheckpointSaved(line=line, metrics=metrics, size_bytes=size, digest="0" * 64, **fields)])
    apply_retention(run.pk, run.attempt, size, row_bytes)


def said_by(run: Run) -> list[str]:
    logged = run.events.filter(kind="log").order_by("seq")
    return [str(Message.from_json(event.payload["message"])) for event in logged]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_trains_continues_and_says_once_at_each_limit_that_space_comes_to_an_end(team, member, limit):
    limit(1_000_000)
    spec = parse_spec({"checkpoints": {"keep_last": 1}})
    run = make_run(make_experiment(team, member), member, "running", spec=spec)
    for epoch, size in enumerate((850_000, 870_000, 1_050_000, 1_060_000), start=1):
        save(run, epoch, size)
    assert [text.split(".")[0] for text in said_by(run)] == ["The team takes 851 kB of 1", "The team takes 1"]
    assert all(text.endswith("Running jobs continue.") for text in said_by(run))


def test_rows_alone_bring_the_warning_too(team, member, limit):
    run = make_run(make_experiment(team, member), member, "running")
    record_epochs(run, 50)
    limit(round(run.recorded_bytes * 1.1))
    apply_retention(run.pk, run.attempt, saved_bytes=0, row_bytes=0)
    (said,) = said_by(run)
    assert said.startswith("The team takes")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_keeps_many_takes_the_team_no_further_than_its_bound(client_of, team, member, limit):
    quota_bytes, size = 1_000_000, 100_000
    limit(quota_bytes)
    spec = parse_spec({"checkpoints": {"keep_last": 1000}})
    run = make_run(make_experiment(team, member), member, "running", spec=spec)
    for epoch in range(1, 41):
        save(run, epoch, size, val_accuracy=1 / epoch)
        usage = quota.usage_of(team)
        assert usage.used - usage.rows <= quota_bytes + 3 * size
    kept = run.checkpoints.filter(purged_at=None)
    assert {"cp-0001", "cp-0040"} <= set(kept.values_list("name", flat=True))
    told = [text for text in said_by(run) if "is used up" in text]
    assert len(told) == 1
    assert told[0].endswith("this run keeps only its latest and its best checkpoint, not the 1000 latest and the best.")
    page = client_of(member).get(reverse("run", args=[run.id])).content.decode()
    assert page.count("this run keeps only its latest and its best") == 2  # once as a notice, once in the log


@pytest.mark.django_db(transaction=True)
def test_over_the_quota_what_is_pinned_stays(team, member, limit):
    limit(1_000_000)
    run = make_run(make_experiment(team, member), member, "running", spec=parse_spec({"checkpoints": {"keep_last": 9}}))
    for epoch in range(1, 5):
        save(run, epoch, 200_000, val_accuracy=epoch / 10)
    run.checkpoints.filter(epoch=2).update(pinned=True)
    save(run, 5, 400_000, val_accuracy=0.1)
    assert sorted(run.checkpoints.filter(purged_at=None).values_list("epoch", flat=True)) == [2, 4, 5]


def test_recorded_curves_count_and_the_pages_say_how_much(client_of, member, team):
    run = make_run(make_experiment(team, member), member, "running")
    record_epochs(run, 50)
    usage = quota.usage_of(team)
    assert 50 * 500 < usage.rows == usage.used == run.recorded_bytes < 50 * 1500
    assert row_sizes.count_again(run) == pytest.approx(run.recorded_bytes, rel=0.1)
    assert "are recorded curves and logs" in text_of(client_of(member), "checkpoints")


@pytest.mark.parametrize("how", ["launch", "resume", "reproduce"])
def test_a_person_has_only_so_many_runs_queued(api, client_of, member, run, settings, how):
    settings.MAX_QUEUED_RUNS_PER_PERSON = 2
    for _ in range(2):
        lifecycle.launch(run.experiment, Spec(), user=member)
    body = {"resume": {"epochs": 40}, "launch": {"experiment": run.experiment.name, "spec": {}}}.get(how, {})
    answer = api(member).post("/runs" if how == "launch" else f"/runs/{run.id}/{how}", **body)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["message"].startswith("You have 2 runs queued, the most allowed for one person")
    assert Run.objects.filter(state="queued").count() == 2


def test_the_form_says_that_too_many_are_queued(client_of, member, admin, run, settings):
    settings.MAX_QUEUED_RUNS_PER_PERSON = 1
    lifecycle.launch(run.experiment, Spec(), user=member)
    form = {"run-id": str(uuid.uuid4()), "run-experiment": str(run.experiment_id), "run-experiment_name": ""}
    answer = client_of(member).post(reverse("launch"), form)
    assert answer.status_code == 422
    assert "You have 1 runs queued" not in answer.content.decode()
    assert "You have 1 run queued, the most allowed for one person." in answer.content.decode()
    said = client_of(admin).post(reverse("run-resume", args=[run.id]), {"epochs": "40"}, follow=True).content.decode()
    assert "Member has 1 run queued, the most allowed" in said
    assert client_of(admin).post(reverse("launch"), form).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_who_launch_at_once_one_gets_the_last_place(member, run, settings):
    settings.MAX_QUEUED_RUNS_PER_PERSON = 1
    assert sorted(at_once(lambda: lifecycle.launch(run.experiment, Spec(), user=member))) == [False, True]
