"""Deleted runs: had back for some days, then their files go, and exactly what was said becomes free."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Checkpoint
from webapp.launches import lifecycle
from webapp.runs.models import Run
from webapp.storage import purging
from webapp.workers.reconciler import Reconciler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(data, team, member):
    """Deleted a moment ago; two checkpoints, a log, and a neighbour's log beside it."""
    run = make_run(make_experiment(team, member), member, "finished", name="a mistake")
    for epoch in (5, 10):
        make_checkpoint_with_files(run, epoch)
    write_log(data, run, "three epochs")
    write_log(data, make_run(run.experiment, member, "finished"), "another's")
    lifecycle.delete(run, member)
    return run


def write_log(data: Path, run: Run, text: str) -> None:
    log = data / "runs" / run.pk.hex / "attempt-1" / "trainer.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(text)


def on_disk(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())


def days_pass(run: Run, days: int) -> None:
    Run.objects.filter(pk=run.pk).update(deleted_at=timezone.now() - timedelta(days=days, minutes=1))
    run.refresh_from_db()


def kept_of(run: Run) -> list[str]:
    return sorted(run.checkpoints.filter(purged_at=None).values_list("name", flat=True))


def page_of(client, run: Run) -> str:
    return client.get(reverse("run", args=[run.id])).content.decode()


def test_the_reconciler_leaves_it_for_some_days_and_then_removes_its_files_only(data, run):
    days_pass(run, 6)
    Reconciler().run_once()
    assert kept_of(run) == ["cp-0005", "cp-0010"]
    days_pass(run, 7)
    Reconciler().run_once()
    assert kept_of(run) == []
    assert [path.read_text() for path in data.rglob("*") if path.is_file()] == ["another's"]
    assert str(run.history.last().reason).startswith("files purged:")


def test_how_long_it_is_kept_is_a_setting(run, settings):
    settings.DELETED_RUNS_KEPT_DAYS = 30
    days_pass(run, 29)
    purging.purge_deleted_runs()
    assert len(kept_of(run)) == 2


def test_an_admin_frees_at_once_exactly_what_the_page_says(client_of, admin, data, run):
    client, before = client_of(admin), on_disk(data)
    promised = int(re.search(r"exactly ([\d,]+) bytes", page_of(client, run))[1].replace(",", ""))
    answer = client.post(reverse("run-purge", args=[run.id]), follow=True).content.decode()
    assert before - on_disk(data) == promised > 17_000
    assert f"({promised:,} bytes) freed." in answer
    assert "It has no files any more." in answer


def test_the_page_says_when_the_files_go(client_of, member, run):
    html = page_of(client_of(member), run)
    assert "2 checkpoints among them" in html
    assert "in 7 days" in html
    assert reverse("run-purge", args=[run.id]) not in html


def test_a_restored_run_is_not_purged(client_of, admin, member, run):
    days_pass(run, 8)
    lifecycle.restore(run, member)
    purging.purge_deleted_runs()
    html = client_of(admin).post(reverse("run-purge", args=[run.id]), follow=True).content.decode()
    assert "is not deleted. Delete it first." in html
    assert len(kept_of(run)) == 2


def test_a_restore_in_the_middle_of_it_saves_what_is_left(member, run, monkeypatch):
    remove = purging.store.remove

    def restore_meanwhile(key: str) -> int:
        Run.objects.filter(pk=run.pk).update(deleted_at=None)
        return remove(key)

    monkeypatch.setattr(purging.store, "remove", restore_meanwhile)
    with pytest.raises(purging.WrongState, match="is not deleted"):
        purging.purge(run)
    assert kept_of(run) == ["cp-0010"]


def test_a_purged_run_that_is_restored_still_has_its_rows(member, run):
    purging.purge(run)
    lifecycle.restore(run, member)
    assert run.checkpoints.count() == 2


def test_pinned_ones_stay_with_the_log_until_they_are_unpinned(client_of, member, data, run):
    run.checkpoints.filter(name="cp-0005").update(pinned=True)
    days_pass(run, 8)
    purging.purge_deleted_runs()
    assert kept_of(run) == ["cp-0005"]
    assert (data / "runs" / run.pk.hex / "attempt-1" / "trainer.log").exists()
    assert "cp-0005 stays. It is pinned." in page_of(client_of(member), run)
    run.checkpoints.update(pinned=False)
    purging.purge_deleted_runs()
    assert not (data / "runs" / run.pk.hex).exists()


def test_what_a_branch_would_begin_with_stays_until_it_has_a_checkpoint_of_its_own(member, run):
    parent = run.checkpoints.get(name="cp-0010")
    child = make_run(run.experiment, member, "running", parent=parent)
    days_pass(run, 8)
    purging.purge_deleted_runs()
    assert kept_of(run) == ["cp-0010"]
    make_checkpoint(child, 1)
    purging.purge_deleted_runs()
    child.refresh_from_db()
    assert kept_of(run) == []
    assert child.parent == parent


def test_a_run_without_checkpoints_loses_its_log(data, team, member):
    run = make_run(make_experiment(team, member), member, "failed", deleted_at=timezone.now() - timedelta(days=8))
    write_log(data, run, "no data")
    purging.purge_deleted_runs()
    purging.purge_deleted_runs()
    assert not (data / "runs" / run.pk.hex).exists()
    assert run.history.count() == 1


def test_one_store_that_refuses_does_not_keep_the_others(data, team, member, run, monkeypatch, caplog):
    days_pass(run, 8)
    second = make_run(run.experiment, member, "failed", deleted_at=timezone.now() - timedelta(days=8))
    write_log(data, second, "x")
    purge = purging.purge

    def refuse(each: Run) -> int:
        if each.pk == run.pk:
            raise OSError("read-only")
        return purge(each)

    monkeypatch.setattr(purging, "purge", refuse)
    purging.purge_deleted_runs()
    assert "is not purged yet: read-only" in caplog.text
    assert not (data / "runs" / second.pk.hex).exists()


def test_the_page_of_freeing_space_leads_to_deleted_runs(client_of, member, outsider, run):
    assert reverse("run", args=[run.id]) in client_of(member).get("/checkpoints/free/").content.decode()
    assert "a mistake" not in client_of(outsider).get("/checkpoints/free/").content.decode()
    Checkpoint.objects.update(purged_at=timezone.now())
    assert "a mistake" not in client_of(member).get("/checkpoints/free/").content.decode()
