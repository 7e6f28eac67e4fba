"""Every change of a job's state has one effect, however often and by whomever it is asked for."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests import factories
from trainer.messages.message import Message
from webapp.jobs import lifecycle
from webapp.jobs.lifecycle import WrongState
from webapp.jobs.models import JobState, Worker
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


def a_worker(id: str = "host:1-0") -> Worker:
    now = timezone.now()
    return Worker.objects.create(id=id, host="host", pid=1, queues=["train"], started_at=now, last_seen_at=now)


@pytest.fixture
def run(team: Team, member: User) -> Run:
    return factories.make_run(factories.make_experiment(team, member), member)


def claimed(run: Run) -> Run:
    held = lifecycle.claim(Run, run.id, a_worker())
    assert held is not None
    return held


def test_a_queued_run_is_claimed_once(run: Run) -> None:
    held = claimed(run)
    assert (held.state, held.attempt, held.recorded_lines) == ("running", 1, 0)
    assert held.lease_until is not None
    assert held.lease_until > timezone.now()
    assert lifecycle.claim(Run, run.id, a_worker("host:2-0")) is None


def test_the_oldest_queued_run_is_taken_whatever_the_message_says(run: Run, member: User) -> None:
    factories.make_run(run.experiment, member)
    taken = lifecycle.claim_next("train", a_worker())
    assert taken is not None
    assert taken.id == run.id


def test_every_change_is_in_the_history(run: Run) -> None:
    held = claimed(run)
    lifecycle.request_stop(held, "Ann")
    lifecycle.end(held, JobState.STOPPED, reason="stopped")
    history = [(change.state, str(change.reason)) for change in run.history.all()]
    assert history == [("running", "started on host"), ("running", "asked by Ann to stop"), ("stopped", "stopped")]


def test_a_queued_run_stops_at_once(run: Run) -> None:
    lifecycle.request_stop(run, "Ann")
    assert (run.state, run.reason) == ("stopped", "stopped")
    assert lifecycle.claim(Run, run.id, a_worker()) is None


def test_asking_twice_to_stop_is_remembered_once(run: Run) -> None:
    held = claimed(run)
    lifecycle.request_stop(held)
    lifecycle.request_stop(held)
    assert held.history.filter(reason__contains="stop").count() == 1
    assert lifecycle.is_stop_requested(held)


def test_an_ended_run_cannot_be_stopped(run: Run) -> None:
    lifecycle.request_stop(run)
    with pytest.raises(WrongState, match="is stopped; only what is queued or running can be stopped"):
        lifecycle.request_stop(run)


def test_a_stale_attempt_changes_nothing(run: Run) -> None:
    stale = claimed(run)
    assert lifecycle.requeue(Run.objects.get(id=run.id), Message("the worker went away"), restart=True)
    fresh = lifecycle.claim(Run, run.id, a_worker("host:2-0"))
    assert fresh is not None
    assert fresh.attempt == 2
    assert not lifecycle.renew(stale)
    assert not lifecycle.report(stale, fraction=0.5)
    assert not lifecycle.end(stale, JobState.FINISHED)
    assert not lifecycle.requeue(stale, Message("late"), restart=False)
    assert lifecycle.renew(fresh)


def test_a_run_that_is_interrupted_too_often_fails_with_advice(run: Run) -> None:
    for n in range(4):
        held = lifecycle.claim(Run, run.id, a_worker(f"host:{n}-0"))
        assert held is not None
        lifecycle.requeue(held, Message("the worker went away"), restart=True)
    run.refresh_from_db()
    assert (run.state, run.restarts, run.attempt) == ("failed", 3, 4)
    assert "Interrupted 4 times" in str(run.error)
    assert run.advice


def test_a_worker_that_leaves_costs_no_restart(run: Run) -> None:
    assert lifecycle.requeue(claimed(run), Message("the worker is leaving"), restart=False)
    run.refresh_from_db()
    assert (run.state, run.restarts, run.worker) == ("queued", 0, None)


def test_an_interrupted_run_that_was_asked_to_stop_is_stopped(run: Run) -> None:
    held = claimed(run)
    lifecycle.request_stop(held)
    lifecycle.requeue(held, Message("the worker went away"), restart=True)
    run.refresh_from_db()
    assert run.state == "stopped"


def test_a_queued_run_says_why_it_waits(run: Run, member: User) -> None:
    second = factories.make_run(run.experiment, member)
    assert "No worker is online" in str(lifecycle.why_waiting(second))
    a_worker("host:2-0")
    assert str(lifecycle.why_waiting(second)).startswith("1 job is ahead of it.")
    assert lifecycle.queue_place(second) == 1
    assert lifecycle.queue_place(run) == 0
    lifecycle.claim(Run, run.id, Worker.objects.get())
    assert str(lifecycle.why_waiting(second)) == "The only worker is busy."
