"""What people do with runs: launch, resume, delete, restore."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests import factories
from trainer.errors import SpecError
from trainer.spec import DatasetChoice, DenseLayer, Fit, Mlp, Spec
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.jobs.lifecycle import WrongState
from webapp.launches import lifecycle as runs
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def experiment(team: Team, member: User) -> Experiment:
    return factories.make_experiment(team, member)


@pytest.fixture
def ended(experiment: Experiment, member: User) -> Run:
    """A run of 10 epochs that was stopped after 5."""
    run = factories.make_run(experiment, member, "stopped", spec=Spec(fit=Fit(epochs=10)), epochs_done=5)
    factories.make_checkpoint(run, epoch=5)
    return run


def test_runs_are_numbered_within_their_experiment(experiment: Experiment, member: User) -> None:
    launched = [runs.launch(experiment, Spec(), user=member) for _ in range(3)]
    assert [run.number for run in launched] == [1, 2, 3]
    assert [run.name for run in launched] == ["run 1", "run 2", "run 3"]


@pytest.mark.django_db(transaction=True)
def test_numbers_are_unique_when_many_launch_at_once(experiment: Experiment, member: User) -> None:
    def launch(_: int) -> int:
        try:
            return runs.launch(experiment, Spec(), user=member).number
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(launch, range(8))) == list(range(1, 9))


def test_a_spec_that_cannot_be_trained_queues_nothing(experiment: Experiment, member: User) -> None:
    huge = Spec(network=Mlp(layers=(DenseLayer(units=65536), DenseLayer(units=65536))), fit=Fit(batch_size=1_000_000))
    with pytest.raises(SpecError):
        runs.launch(experiment, huge, user=member)
    assert not Run.objects.exists()


def test_another_dataset_than_the_experiments_is_refused(experiment: Experiment, member: User) -> None:
    with pytest.raises(SpecError, match="is about digits, not wine"):
        runs.launch(experiment, Spec(dataset=DatasetChoice(name="wine")), user=member)


def test_the_hash_of_the_data_goes_into_the_spec(experiment: Experiment, member: User) -> None:
    Dataset.objects.filter(name="digits").update(state="finished", content_hash="a" * 64)
    experiment.refresh_from_db()
    assert runs.launch(experiment, Spec(), user=member).parsed_spec.dataset.content_hash == "a" * 64
    with pytest.raises(SpecError, match="no longer that of hash bbbb"):
        runs.launch(experiment, Spec(dataset=DatasetChoice(name="digits", content_hash="b" * 64)), user=member)


def test_a_stopped_run_is_resumed_to_its_epochs(ended: Run, member: User) -> None:
    runs.resume(ended, user=member)
    assert (ended.state, ended.parsed_spec.fit.epochs) == ("queued", 10)


def test_a_run_is_resumed_to_more_epochs_and_its_history_says_so(ended: Run, member: User) -> None:
    launched = ended.spec
    runs.resume(ended, user=member, epochs=20)
    assert (ended.planned_epochs, ended.planned_spec["fit"]["epochs"]) == (20, 20)
    assert Run.objects.get().spec == launched
    assert str(ended.history.get().reason) == "resumed by Member, to 20 epochs instead of 10"


def test_nothing_is_resumed_when_nothing_is_left_to_train(ended: Run, member: User) -> None:
    with pytest.raises(WrongState, match="Give a number of epochs above 5"):
        runs.resume(ended, user=member, epochs=5)


def test_an_impossible_number_of_epochs_is_refused(ended: Run, member: User) -> None:
    with pytest.raises(SpecError):
        runs.resume(ended, user=member, epochs=10**9)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_has_not_ended_cannot_be_resumed(experiment: Experiment, member: User, state: str) -> None:
    with pytest.raises(WrongState, match="only a stopped, failed or finished run"):
        runs.resume(factories.make_run(experiment, member, state), user=member)


def test_a_deleted_run_comes_back_when_it_is_restored(ended: Run, member: User) -> None:
    runs.delete(ended, member)
    with pytest.raises(WrongState, match="is deleted; restore it first"):
        runs.resume(ended, user=member)
    runs.restore(ended, member)
    ended.refresh_from_db()
    assert ended.deleted_at is None


def test_a_queued_run_is_stopped_before_it_is_deleted(experiment: Experiment, member: User) -> None:
    run = factories.make_run(experiment, member)
    runs.delete(run, member)
    assert (run.state, run.deleted_at is not None) == ("stopped", True)


def test_a_running_run_cannot_be_deleted(experiment: Experiment, member: User) -> None:
    with pytest.raises(WrongState, match="stop it first"):
        runs.delete(factories.make_run(experiment, member, "running"), member)
