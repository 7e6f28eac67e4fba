"""Between a commit and its message anything may happen; a message is for what was committed, and only for that."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import transaction

from tests import factories
from tests.work.conftest import Launch, StartWorker, reconcile_until, state_of
from trainer.spec import Spec
from webapp.experiments.models import Experiment
from webapp.jobs import dispatch
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db(transaction=True)

# A site that is killed after it has committed a run and before it has notified Redis.
KILLED_SITE = """
import os, signal, django
django.setup()
from webapp.experiments.models import Experiment
from webapp.launches import lifecycle
from webapp.jobs import dispatch
from trainer.spec import Spec
dispatch.notify_workers_now = lambda job: os.kill(os.getpid(), signal.SIGKILL)
lifecycle.launch(Experiment.objects.get(), Spec(), user=None)
"""


def test_a_site_that_dies_between_commit_and_message_loses_nothing(
    start_worker: StartWorker, team: Team, member: User, worker_env: dict[str, str]
) -> None:
    factories.make_experiment(team, member)
    environment = worker_env | {"DJANGO_SETTINGS_MODULE": "webapp.settings"}
    assert subprocess.run([sys.executable, "-c", KILLED_SITE], env=environment).returncode == -9
    run = Run.objects.get()
    assert (run.state, run.published_at, dispatch.queue_length("train")) == ("queued", None, 0)
    start_worker(epoch_seconds=0.001)
    reconcile_until(lambda: state_of(run) == "finished")


@transaction.atomic
def launch_on_a_page_that_fails(experiment: Experiment, member: User) -> None:
    runs.launch(experiment, Spec(), user=member)
    raise RuntimeError("the page failed after it had launched")


def test_a_launch_that_is_rolled_back_leaves_no_message(team: Team, member: User) -> None:
    dispatch.redis_client().flushall()
    experiment = factories.make_experiment(team, member)
    with pytest.raises(RuntimeError):
        launch_on_a_page_that_fails(experiment, member)
    assert not Run.objects.exists()
    assert dispatch.queue_length("train") == 0


def test_a_worker_never_sees_a_run_that_is_not_committed(start_worker: StartWorker, launch: Launch) -> None:
    worker = start_worker()
    with transaction.atomic():
        run = launch(epochs=2)
        assert dispatch.queue_length("train") == 0
    reconcile_until(lambda: state_of(run) == "finished")
    assert "DoesNotExist" not in worker.said()
