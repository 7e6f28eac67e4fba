"""The reconciler: each step on its own, slow cleaning apart, and nothing left of jobs that have ended."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests import factories
from trainer.messages.message import Message
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.jobs import lifecycle
from webapp.jobs.models import Job, JobState, Worker
from webapp.runs.models import ResumeCheck, Run
from webapp.teams.models import Team, User
from webapp.workers import job_folders, reconciler
from webapp.workers.handlers.checkpoints import EvaluationWork, PredictionWork, ResumeCheckWork
from webapp.workers.job_folders import folder_of
from webapp.workers.reconciler import Reconciler


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def run(data: Path, team: Team, member: User) -> Run:
    return factories.make_run(factories.make_experiment(team, member), member, "finished")


def failing(error: Exception) -> Callable[[], None]:
    def prepare_shared_datasets() -> None:
        raise error

    return prepare_shared_datasets


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [RuntimeError("the catalogue is upside down"), OperationalError("no route")])
def test_a_step_that_fails_stops_no_other_and_is_logged_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(reconciler, "prepare_shared_datasets", failing(error))
    monkeypatch.setattr(reconciler, "notify_again", lambda: rung.append(1))
    looks = Reconciler()
    for _ in range(3):
        looks.reconcile_jobs()
    assert len(rung) == 3
    assert caplog.text.count("The reconciler could not prepare shared datasets") == 1
    monkeypatch.setattr(reconciler, "prepare_shared_datasets", failing(RuntimeError("another")))
    looks.reconcile_jobs()
    assert caplog.text.count("The reconciler could not prepare shared datasets") == 2


@pytest.mark.django_db(transaction=True)
def test_it_says_when_a_step_works_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = Reconciler()
    with monkeypatch.context() as broken, caplog.at_level(logging.INFO):
        broken.setattr(reconciler, "prepare_shared_datasets", failing(RuntimeError("no")))
        looks.reconcile_jobs()
    with caplog.at_level(logging.INFO):
        looks.reconcile_jobs()
    assert caplog.text.count("The reconciler can prepare shared datasets again.") == 1


@pytest.mark.django_db(transaction=True)
def test_slow_cleaning_delays_no_job_and_is_not_taken_for_a_sleeping_machine(
    run: Run, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEASE_SECONDS, settings.RECONCILE_SECONDS = 1, 0.02
    slow = threading.Event()

    def purge_deleted_runs() -> None:
        slow.set()
        threading.Event().wait()  # for ever; the thread ends with the tests

    monkeypatch.setattr(reconciler, "purge_deleted_runs", purge_deleted_runs)
    lost = factories.make_run(run.experiment, None, "running", lease_until=timezone.now() + timedelta(seconds=0.5))
    looks, deadline = Reconciler(), time.monotonic() + 5
    reconcile_jobs = looks.reconcile_jobs

    def look_until_it_is_found() -> None:
        reconcile_jobs()
        if Run.objects.get(pk=lost.pk).state == JobState.QUEUED or time.monotonic() > deadline:
            raise TimeoutError

    monkeypatch.setattr(looks, "reconcile_jobs", look_until_it_is_found)
    with pytest.raises(TimeoutError):
        looks.run_forever()
    assert slow.is_set()
    assert Run.objects.get(pk=lost.pk).state == JobState.QUEUED


def written(job: Job) -> Path:
    """What a trainer leaves of an attempt: a log, events, and something large; gives the job's folder."""
    folder = folder_of(job)
    (folder / "training").mkdir(parents=True)
    for name in ("trainer.log", "events.jsonl", "picture", "training/model.keras"):
        (folder / name).write_bytes(b"x")
    return folder.parent


def a_job(kind: str, run: Run) -> tuple[Any, Any]:
    """A running job, and the work on it."""
    if kind == "check":
        check = ResumeCheck.objects.create(run=run, state="running", attempt=1)
        return check, ResumeCheckWork(check)
    checkpoint = run.checkpoints.first() or factories.make_checkpoint(run)
    if kind == "prediction":
        prediction = Prediction.objects.create(checkpoint=checkpoint, state="running", attempt=1)
        return prediction, PredictionWork(prediction)
    evaluation = Evaluation.objects.create(checkpoint=checkpoint, split="test", state="running", attempt=1)
    return evaluation, EvaluationWork(evaluation)


@pytest.mark.parametrize("kind", ["evaluation", "prediction", "check"])
@pytest.mark.parametrize(("state", "stays"), [("finished", set()), ("failed", {"trainer.log", "events.jsonl"})])
def test_of_a_job_that_has_ended_at_most_the_logs_stay(run: Run, kind: str, state: str, stays: set[str]) -> None:
    job, work = a_job(kind, run)
    folder = written(job)
    lifecycle.end(job, JobState(state))
    work.close()
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    assert left == (set() if kind == "prediction" else stays)
    assert folder.exists() == bool(left)


def test_another_attempt_of_the_same_job_keeps_its_files(run: Run) -> None:
    job, work = a_job("evaluation", run)
    written(job)
    lifecycle.requeue(job, Message("lost"), restart=True)
    now = timezone.now()
    worker = Worker.objects.create(id="w", host="w", pid=1, started_at=now, last_seen_at=now)
    again = lifecycle.claim(Evaluation, job.pk, worker)
    assert again is not None
    written(again)
    work.close()
    assert (folder_of(again) / "training" / "model.keras").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("state", "minutes", "left"),
    [("running", 60, 4), ("finished", 1, 4), ("finished", 60, 0), ("failed", 60, 2), ("failed", 8 * 24 * 60, 0)],
)
def test_what_a_killed_worker_left_is_removed_some_time_after_the_end(
    run: Run, state: str, minutes: int, left: int
) -> None:
    job, _ = a_job("evaluation", run)
    folder = written(job)
    ended = None if state == "running" else timezone.now() - timedelta(minutes=minutes)
    Evaluation.objects.update(state=state, finished_at=ended)
    Reconciler().clean_up()
    assert sum(path.is_file() for path in folder.rglob("*")) == left


def test_a_folder_that_no_job_knows_is_left_alone(data: Path, run: Run) -> None:
    for name in ("holiday", "0" * 32):
        (data / "evaluations" / name).mkdir(parents=True)
    job_folders.remove_leftover_folders()
    assert sorted(path.name for path in (data / "evaluations").iterdir()) == ["0" * 32, "holiday"]


def test_the_folder_of_a_deleted_prediction_goes_once_nothing_writes_in_it(run: Run) -> None:
    live, deleted, just_written = (a_job("prediction", run)[0] for _ in range(3))
    folders = {each.pk: written(each) for each in (live, deleted, just_written)}
    for path in [path for id in (live.pk, deleted.pk) for path in (folders[id], *folders[id].rglob("*"))]:
        os.utime(path, (0, time.time() - 3600))
    Prediction.objects.exclude(pk=live.pk).delete()
    Reconciler().clean_up()
    assert {id for id, folder in folders.items() if folder.exists()} == {live.pk, just_written.pk}
