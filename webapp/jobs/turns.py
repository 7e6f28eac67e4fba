"""Whose turn it is: the one order in which the queued jobs of a queue start.

Workers that claim a job and pages that show a place in the queue both use it, so that they agree. Teams take turns,
then the people within a team: next is always the team with the fewest running jobs, and among equals the one that
was served longest ago; likewise the person within the team. One person's jobs start in the order in which they were
queued. So a person with few jobs never waits for all jobs of a person with many.
"""

from __future__ import annotations

import heapq
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from django.db.models import Count, F, TextField, Value
from django.db.models.functions import Cast, Now

from webapp.jobs.models import Job, JobState, Turn, Worker, models_of

NEVER = float("-inf")


class Waiting(NamedTuple):
    """A queued job and its owner. ``team`` is "" for work that serves all teams, ``person`` where none is known."""

    queued_at: datetime
    id: uuid.UUID
    team: str
    person: str
    model: type[Job]


@dataclass
class Share:
    """The share of the workers that one team or person has: running jobs, and when the last one was started."""

    num_running: int = 0
    served_at: float = NEVER

    def add(self, num_running: int, served_at: float) -> None:
        self.num_running += num_running
        self.served_at = max(self.served_at, served_at)


@dataclass
class Shares:
    """The shares of all teams and of all people within them, in one queue."""

    teams: defaultdict[str, Share] = field(default_factory=lambda: defaultdict(Share))
    people: defaultdict[tuple[str, str], Share] = field(default_factory=lambda: defaultdict(Share))

    def add(self, team: str, person: str, num_running: int = 0, served_at: float = NEVER) -> None:
        self.teams[team].add(num_running, served_at)
        self.people[team, person].add(num_running, served_at)


def in_turn(queue: str, worker: Worker | None = None) -> Iterator[Waiting]:
    """The queued jobs of ``queue`` in the order in which they start; with ``worker`` those that it can do.

    Takes two queries for each kind of job and one more, however many jobs wait.
    """
    return ordered(_waiting(queue, worker), _shares(queue))


def ordered(waiting: Iterable[Waiting], shares: Shares) -> Iterator[Waiting]:
    """``waiting`` in the order that the module describes, assuming that no running job ends meanwhile."""
    teams: dict[str, dict[str, list[Waiting]]] = {}
    for job in sorted(waiting, key=lambda job: (job.queued_at, job.id)):
        teams.setdefault(job.team, {}).setdefault(job.person, []).append(job)
    return _rotated(
        (
            shares.teams[team],
            _rotated((shares.people[team, person], iter(jobs)) for person, jobs in people.items()),
        )
        for team, people in teams.items()
    )


def _rotated(lines: Iterable[tuple[Share, Iterator[Waiting]]]) -> Iterator[Waiting]:
    """Repeatedly the head of the line with the smallest share, which then grows by one job.

    Among lines with equal shares, the one that is given first comes first.
    """
    heap: list[tuple[int, tuple[int, float], int, Waiting, Iterator[Waiting]]] = []
    for number, (share, line) in enumerate(lines):
        head = next(line)
        heap.append((share.num_running, (0, share.served_at), number, head, line))
    heapq.heapify(heap)
    turn = count()
    while heap:
        num_running, _, number, head, line = heapq.heappop(heap)
        yield head
        following = next(line, None)
        if following is not None:
            heapq.heappush(heap, (num_running + 1, (1, next(turn)), number, following, line))


def owner_of(job: Job) -> tuple[str, str]:
    """Team and person of ``job``, as :class:`Waiting` names them."""
    team, person = type(job).rows().filter(pk=job.pk).values_list(*_owners(type(job))).get()
    return _text(team), _text(person)


def record_turn(job: Job) -> None:
    """Record that the team and the person of ``job`` are served now; call it in the transaction of the claim."""
    team, person = owner_of(job)
    Turn.objects.bulk_create(
        [Turn(queue=job.queue, team=team, person=person, served_at=Now())],
        update_conflicts=True,
        unique_fields=["queue", "team", "person"],
        update_fields=["served_at"],
    )


def _waiting(queue: str, worker: Worker | None) -> Iterator[Waiting]:
    for model in models_of(queue):
        rows = model.rows().filter(state=JobState.QUEUED)
        if worker is not None:
            rows = rows.filter(model.suiting(worker))
        for queued_at, id, team, person in rows.values_list("queued_at", "pk", *_owners(model)):
            yield Waiting(queued_at, id, _text(team), _text(person), model)


def _shares(queue: str) -> Shares:
    shares = Shares()
    for model in models_of(queue):
        team, person = _owners(model)
        running = model.rows().filter(state=JobState.RUNNING).values_list(team, person).annotate(number=Count("pk"))
        for of_team, of_person, number in running.order_by():
            shares.add(_text(of_team), _text(of_person), num_running=number)
    for turn in Turn.objects.filter(queue=queue):
        shares.add(turn.team, turn.person, served_at=turn.served_at.timestamp())
    return shares


def _owners(model: type[Job]) -> tuple[Any, Any]:
    """The owners of the jobs of ``model`` as columns: team and person."""
    no_owner = Cast(Value(""), TextField())
    return (
        F(model.team_lookup) if model.team_lookup else no_owner,
        F(model.person_lookup) if model.person_lookup else no_owner,
    )


def _text(id: Any) -> str:
    return "" if id is None else str(id)
