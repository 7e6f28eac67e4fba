"""The workers page: who works on what, what waits and why, and nothing of other teams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import factories
from webapp.jobs.models import Worker
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture
def worker() -> Worker:
    now = timezone.now()
    fields = {"pid": 7, "queues": ["train"], "started_at": now, "last_seen_at": now, "devices": [{"kind": "CPU"}]}
    return Worker.objects.create(id="shed:7-0", host="shed", **fields)


@pytest.fixture
def busy(worker: Worker, team: Team, member: User) -> Run:
    experiment = factories.make_experiment(team, member)
    return factories.make_run(experiment, member, "running", worker=worker, name="Express", progress={"fraction": 0.5})


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/workers/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_without_workers_it_says_how_to_start_one(client_of: ClientOf, viewer: User) -> None:
    html = page(client_of(viewer))
    assert "No worker is online" in html
    assert "celery -A webapp worker" in html


def test_a_busy_worker_shows_its_run(client_of: ClientOf, viewer: User, busy: Run) -> None:
    html = page(client_of(viewer))
    assert f"/runs/{busy.id}/" in html
    assert ">busy<" in html


def test_another_team_does_not_learn_the_name_of_the_run(client_of: ClientOf, outsider: User, busy: Run) -> None:
    html = page(client_of(outsider))
    assert "A run of another team" in html
    assert "Express" not in html


def test_the_queue_is_in_order_and_says_why(client_of: ClientOf, member: User, busy: Run) -> None:
    factories.make_run(busy.experiment, member, name="Second")
    factories.make_run(busy.experiment, member, name="Third")
    html = page(client_of(member))
    assert html.index("Second") < html.index("The only worker is busy.") < html.index("Third")
    assert "1 ahead of it for training." in html
    assert "1 busy; 2 queued." in html


def test_a_long_queue_is_shown_in_part_in_the_order_of_turns_and_in_few_queries(
    client_of: ClientOf, member: User, outsider: User, busy: Run, other_team: Team, django_assert_max_num_queries: Any
) -> None:
    rows = [
        Run(experiment=busy.experiment, dataset=busy.dataset, number=n, name=f"Mine {n}", spec={}, created_by=member)
        for n in range(9, 309)
    ]
    Run.objects.bulk_create(rows)
    factories.make_run(factories.make_experiment(other_team, outsider), outsider, name="Theirs")
    client = client_of(member)
    with django_assert_max_num_queries(45):
        html = page(client)
    assert "301 queued" in html
    assert "The first 100 of 301." in html
    assert html.index("A run of another team") < html.index("Mine 9") < html.index("Mine 107")
    assert "Mine 108" not in html
    assert "Workers are shared by all teams." in html


@pytest.mark.parametrize(("leaving", "said"), [(False, ">lost<"), (True, "1 worker ended in the last day")])
def test_a_worker_that_is_gone_is_shown_as_such(
    client_of: ClientOf, viewer: User, worker: Worker, leaving: bool, said: str
) -> None:
    Worker.objects.update(last_seen_at="2020-01-01T00:00Z", leaving=leaving)
    assert said in page(client_of(viewer))


def test_a_kind_of_work_can_be_chosen(client_of: ClientOf, viewer: User, worker: Worker) -> None:
    assert "shed" in page(client_of(viewer), "?queue=train")
    assert "shed" not in page(client_of(viewer), "?queue=evaluate")
    assert "shed" in page(client_of(viewer), "?queue=nonsense")


def test_htmx_gets_only_the_part_that_changes(client_of: ClientOf, viewer: User, worker: Worker) -> None:
    html = client_of(viewer).get("/workers/", headers={"HX-Request": "true"}).content.decode()
    assert "shed" in html
    assert "<html" not in html


def test_a_worker_that_gives_runs_several_gpus_says_so(client_of: ClientOf, viewer: User, worker: Worker) -> None:
    gpu = {"kind": "GPU", "name": "NVIDIA H200", "percent": 40, "memory_bytes": 2 * 10**9, "memory_used_bytes": 10**9}
    Worker.objects.update(devices=[gpu, gpu | {"percent": 60}, {"kind": "CPU"}])
    html = page(client_of(viewer))
    assert ">2 × GPU<" in html
    assert "50 %" in html
    assert "2.0 GB <span" in html


def test_a_run_that_needs_more_devices_says_so_wherever_it_waits(
    client_of: ClientOf, member: User, worker: Worker, busy: Run
) -> None:
    factories.make_run(busy.experiment, member, name="First")
    spec = busy.spec | {"engine": "jax", "computation": {"devices": 4}}
    factories.make_run(busy.experiment, member, spec=spec, name="On four")
    assert "It asks for 4 devices, and no worker that is online" in page(client_of(member))
