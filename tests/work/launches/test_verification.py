"""A real worker takes a resume check from its queue to its end."""

from __future__ import annotations

import pytest

from tests import factories
from tests.work.conftest import StartWorker, wait_for
from webapp.jobs import lifecycle
from webapp.launches import verification
from webapp.runs.models import ResumeCheck
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def check(team: Team, member: User) -> ResumeCheck:
    """A check of a run that has finished."""
    return verification.ask(factories.make_run(factories.make_experiment(team, member), member, "finished"), member)


def reaches(check: ResumeCheck, state: str) -> None:
    def there() -> bool:
        check.refresh_from_db()
        return check.state == state

    wait_for(there)


def test_a_check_ends_with_what_the_trainer_found(start_worker: StartWorker, check: ResumeCheck) -> None:
    start_worker()
    reaches(check, "finished")
    assert check.result["asked"] == "verify_resume"
    assert check.attempt == 1


@pytest.mark.one_database
def test_a_running_check_is_stopped_with_all_its_processes(start_worker: StartWorker, check: ResumeCheck) -> None:
    worker = start_worker(epoch_seconds=60)
    reaches(check, "running")
    wait_for(lambda: ResumeCheck.objects.get().progress)
    lifecycle.request_stop(check)
    reaches(check, "stopped")
    wait_for(lambda: len(worker.trainers()) == 1)  # the warm spare


def test_a_check_whose_worker_was_killed_is_taken_up_again(start_worker: StartWorker, check: ResumeCheck) -> None:
    worker = start_worker(epoch_seconds=60)
    reaches(check, "running")
    worker.kill()
    ResumeCheck.objects.update(lease_until="2026-01-01T00:00:00Z")
    from webapp.workers.reconciler import give_back_lost_jobs

    give_back_lost_jobs()
    start_worker()
    reaches(check, "finished")
    assert check.attempt == 2
