"""The queue takes turns between teams, then people; workers and pages follow the same order."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from webapp.checkpoints.models import Evaluation
from webapp.experiments.models import Experiment
from webapp.jobs import lifecycle, turns
from webapp.jobs.models import JobState, Worker
from webapp.jobs.queue_status import queue_place, why_waiting
from webapp.jobs.turns import Shares, Waiting
from webapp.runs.models import Run
from webapp.teams.models import Team, User

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def jobs(*owners: str) -> list[Waiting]:
    """Jobs in the order of their queueing; "a1" is one of person 1 in team a."""
    return [Waiting(NOON + timedelta(seconds=at), UUID(int=at), who[0], who[1:], Run) for at, who in enumerate(owners)]


def order(waiting: list[Waiting], shares: Shares | None = None) -> list[str]:
    return [f"{each.team}{each.person}" for each in turns.ordered(waiting, shares or Shares())]


def test_one_team_that_queues_many_holds_up_no_other() -> None:
    assert order(jobs("a1", "a1", "a1", "a1", "b1", "c1", "b1")) == ["a1", "b1", "c1", "a1", "b1", "a1", "a1"]


def test_people_of_a_team_take_turns_and_one_persons_jobs_start_in_order() -> None:
    found = list(turns.ordered(jobs("a1", "a1", "a1", "a2", "b1"), Shares()))
    assert [f"{each.team}{each.person}" for each in found] == ["a1", "b1", "a2", "a1", "a1"]
    assert [each.id.int for each in found if each.person == "1" and each.team == "a"] == [0, 1, 2]


def test_a_team_that_has_less_running_comes_first() -> None:
    shares = Shares()
    shares.add("a", "1", num_running=2)
    shares.add("b", "1", num_running=1)
    assert order(jobs("a1", "a1", "b1", "b1", "c1"), shares) == ["c1", "b1", "a1", "b1", "a1"]


def test_of_teams_with_as_much_running_the_one_that_was_served_longest_ago_comes_first() -> None:
    shares = Shares()
    shares.add("a", "1", served_at=200.0)
    shares.add("a", "2", served_at=150.0)
    shares.add("b", "1", served_at=100.0)
    assert order(jobs("a1", "a2", "b1", "c1"), shares) == ["c1", "b1", "a2", "a1"]


@pytest.fixture
def worker(db: None) -> Worker:
    now = timezone.now()
    fields: dict[str, Any] = {"pid": 1, "queues": ["train", "evaluate"], "started_at": now, "last_seen_at": now}
    return Worker.objects.create(id="shed:1-0", host="shed", **fields)


@pytest.fixture
def experiments(team: Team, other_team: Team, member: User, outsider: User) -> tuple[Experiment, Experiment]:
    return factories.make_experiment(team, member), factories.make_experiment(other_team, outsider)


def test_workers_take_the_jobs_in_the_order_that_pages_show(
    experiments: tuple[Experiment, Experiment], member: User, admin: User, outsider: User, worker: Worker
) -> None:
    mine, theirs = experiments
    for experiment, user in [(mine, member)] * 4 + [(mine, admin), (theirs, outsider), (theirs, outsider)]:
        factories.make_run(experiment, user)
    served: list[str] = []
    while waiting := list(Run.objects.filter(state="queued")):
        (first,) = [run for run in waiting if queue_place(run) == 0]
        taken = lifecycle.claim_next("train", worker)
        assert isinstance(taken, Run)
        assert taken == first
        served.append(str(taken.created_by))
        if len(served) % 2:  # some end at once, others go on
            lifecycle.end(taken, JobState.FINISHED)
    assert served == ["Member", "Outsider", "Admin", "Member", "Outsider", "Member", "Member"]


def test_a_message_about_one_kind_of_work_starts_whatever_is_next(
    experiments: tuple[Experiment, Experiment], member: User, worker: Worker
) -> None:
    checkpoint = factories.make_checkpoint(factories.make_run(experiments[0], member, "finished"))
    evaluation = Evaluation.objects.create(checkpoint=checkpoint, split="test", created_by=member)
    assert lifecycle.claim_next("train", worker) is None
    assert lifecycle.claim_next("evaluate", worker) == evaluation


def test_what_the_worker_cannot_do_is_left_and_holds_up_nobody(
    experiments: tuple[Experiment, Experiment], member: User, worker: Worker
) -> None:
    wide = factories.make_run(experiments[0], member)
    Run.objects.filter(pk=wide.pk).update(spec=wide.spec | {"engine": "jax", "computation": {"devices": 4}})
    narrow = factories.make_run(experiments[0], member)
    assert lifecycle.claim_next("train", worker) == narrow


def test_thousands_in_the_queue_take_few_queries_and_no_time(
    experiments: tuple[Experiment, Experiment], member: User, outsider: User, worker: Worker
) -> None:
    rows = [
        Run(
            experiment=experiments[n % 2],
            dataset=experiments[n % 2].dataset,
            number=n,
            name=str(n),
            spec={},
            created_by=(member, outsider)[n % 2],
        )
        for n in range(5000)
    ]
    Run.objects.bulk_create(rows, batch_size=1000)
    with CaptureQueriesContext(connection) as queries:
        began = time.process_time()
        place = queue_place(rows[-1])
        seconds = time.process_time() - began
    assert place == 4999
    assert len(queries) <= 3
    assert seconds < 1


def test_it_says_how_many_are_ahead_without_the_names_of_other_teams(
    experiments: tuple[Experiment, Experiment], other_team: Team, member: User, outsider: User, worker: Worker
) -> None:
    mine, theirs = experiments
    for _ in range(2):
        factories.make_run(theirs, outsider)
    run = factories.make_run(mine, member)
    second = factories.make_run(mine, member)
    third = factories.make_run(mine, member)
    assert str(why_waiting(run)).startswith(
        "1 job is ahead of it, of another team. Workers are shared: teams take turns,"
    )
    said = str(why_waiting(third))
    assert said.startswith("4 jobs are ahead of it, 2 of another team. Workers are shared: teams take turns, then the")
    assert other_team.name not in said
    assert queue_place(second) == 3


@pytest.mark.parametrize("who", ["admin", "member", "outsider"])
def test_an_admin_stops_a_colleagues_run_others_do_not(
    client_of: Callable[[User], Any],
    request: pytest.FixtureRequest,
    experiments: tuple[Experiment, Experiment],
    who: str,
) -> None:
    colleague = factories.make_user("colleague@example.org", experiments[0].team)
    run = factories.make_run(experiments[0], colleague)
    answer = client_of(request.getfixturevalue(who)).post(f"/runs/{run.id}/stop/")
    run.refresh_from_db()
    assert (answer.status_code, run.state) == {
        "admin": (302, "stopped"),
        "member": (403, "queued"),
        "outsider": (404, "queued"),
    }[who]
