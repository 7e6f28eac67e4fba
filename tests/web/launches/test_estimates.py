"""How long a training will take, told from runs that were really trained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.utils import timezone

from tests.factories import make_experiment, make_run
from trainer.data.bundled.catalog import facts_of
from trainer.data.sizes import training_facts
from trainer.networks.families import plan_of
from trainer.spec import Spec
from trainer.validation.presets import default_spec
from webapp.launches.estimates import Estimate, epoch_work, estimate, roughly
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


class Recorded(NamedTuple):
    """A run as a worker recorded it, on two cores that were shared by many: seconds until each moment."""

    dataset: str
    family: str
    epochs: int
    started: float
    first_epoch: float
    last_epoch: float
    duration: float

    @property
    def spec(self) -> Spec:
        plain = default_spec(facts_of(self.dataset), self.family)
        return plain.model_copy(update={"fit": plain.fit.model_copy(update={"epochs": self.epochs})})


RECORDED = (
    Recorded("digits", "mlp", 30, 31.2, 32.6, 38.1, 38.9),
    Recorded("digits", "mlp", 30, 48.8, 52.5, 64.5, 65.2),
    Recorded("digits", "mlp", 200, 59.4, 62.0, 115.3, 116.2),
    Recorded("wine", "mlp", 60, 6.8, 8.8, 18.7, 19.7),
    Recorded("diabetes", "mlp", 60, 21.7, 23.0, 34.1, 34.6),
    Recorded("digits", "convnet", 10, 22.6, 24.8, 32.0, 32.6),
    Recorded("digits", "convnet", 20, 34.1, 37.0, 58.8, 59.6),
)
ALONE = [run for run in RECORDED if run.dataset in {"wine", "diabetes"}]
WITH_OTHERS = [run for run in RECORDED if run not in ALONE]


def record(run: Recorded, team: Team, member: User, device: str = "CPU", **fields: Any) -> Run:
    known = team.experiments.filter(dataset__name=run.dataset).first()
    experiment = known or make_experiment(team, member, run.dataset)
    done = {"spec": run.spec, "epochs_done": run.epochs, "worked_before": timedelta(seconds=run.duration)} | fields
    row = make_run(experiment, member, "finished", **done)
    begin = timezone.now() - timedelta(seconds=run.duration)
    moments = [("started", None, run.started), ("epoch", 1, run.first_epoch), ("epoch", run.epochs, run.last_epoch)]
    for seq, (kind, epoch, seconds) in enumerate(moments, start=1):
        about = {"seq": seq, "attempt": 1, "kind": kind, "epoch": epoch, "payload": {"device": device}}
        RunEvent.objects.create(run=row, at=begin + timedelta(seconds=seconds), **about)
    return row


def estimated(spec: Spec, team: Team) -> Estimate:
    facts = facts_of(spec.dataset.name)
    return estimate(spec, epoch_work(plan_of(spec, facts), training_facts(spec, facts)), team)


def estimate_of(run: Recorded, team: Team, member: User) -> Estimate:
    """What would have been said of a run when all the others were done."""
    others = list(RECORDED)
    others.remove(run)
    for other in others:
        record(other, team, member)
    return estimated(run.spec, team)


@pytest.mark.parametrize("run", WITH_OTHERS)
def test_the_estimate_from_similar_runs_is_within_twice_the_real_duration(
    run: Recorded, team: Team, member: User
) -> None:
    said = estimate_of(run, team, member)
    assert not said.is_rough
    assert 1 / 2 <= said.seconds / run.duration <= 2


@pytest.mark.parametrize("run", ALONE)
def test_a_rough_estimate_from_other_data_has_the_real_duration_in_its_range(
    run: Recorded, team: Team, member: User
) -> None:
    said = estimate_of(run, team, member)
    assert said.is_rough
    assert said.num_runs == 5
    assert 1 / said.uncertainty <= said.seconds / run.duration <= said.uncertainty


def test_data_that_was_never_trained_on_has_an_estimate_of_its_work(team: Team, member: User) -> None:
    large = default_spec(facts_of("cifar10"), "convnet")
    unmeasured = estimated(large, team)
    assert unmeasured.is_rough
    assert unmeasured.num_runs == 0
    slow = Recorded("digits", "convnet", 20, 34.1, 37.0, 370.0, 371.0)
    record(slow, team, member)
    assert estimated(large, team).seconds > unmeasured.seconds


def test_the_speed_is_that_of_the_device_that_was_used_last(team: Team, member: User) -> None:
    slow = Recorded("digits", "convnet", 20, 34.1, 37.0, 3700.0, 3701.0)
    record(slow, team, member)
    before = estimated(default_spec(facts_of("mnist"), "convnet"), team).seconds
    record(RECORDED[0], team, member, device="GPU", finished_at=timezone.now() + timedelta(seconds=1))
    after = estimated(default_spec(facts_of("mnist"), "convnet"), team)
    assert after.num_runs == 1
    assert after.seconds < before


def test_the_speed_of_another_team_on_this_site_counts_but_its_runs_are_not_similar(
    team: Team, other_team: Team, outsider: User
) -> None:
    record(RECORDED[0], other_team, outsider)
    said = estimated(RECORDED[0].spec, team)
    assert said.is_rough
    assert said.num_runs == 1


@pytest.mark.parametrize("fields", [{"attempt": 2}, {"epochs_done": 1}, {"spec": {"version": 99}}])
def test_a_run_that_tells_no_pace_is_left_out(team: Team, member: User, fields: dict[str, Any]) -> None:
    record(RECORDED[0], team, member, **fields)
    assert estimated(RECORDED[0].spec, team).num_runs == 0


def test_the_steps_that_a_run_had_count_and_not_those_of_its_spec(team: Team, member: User) -> None:
    record(RECORDED[0], team, member)
    assert not estimated(RECORDED[0].spec, team).is_rough
    oversampled = {"device": "CPU", "steps_per_epoch": 400}  # of the 40 that its spec says
    RunEvent.objects.filter(kind="started").update(payload=oversampled)
    assert estimated(RECORDED[0].spec, team).is_rough


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (8.4, "8 s"), (119, "119 s"), (2142, "36 min"), (19_260, "5 h"), (400_000, "5 days")],
)
def test_a_rough_time_has_no_digits_that_nobody_knows(seconds: float, words: str) -> None:
    assert str(roughly(seconds)) == words
