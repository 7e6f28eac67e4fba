"""A team's own data on its whole way with a real worker: trained, resumed, evaluated, asked, mended, trained again."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests import factories
from tests.work.conftest import StartWorker, wait_for, wait_for_state
from trainer.data.facts import DatasetFacts
from trainer.data.versions.corrections import Correction
from trainer.validation.presets import default_spec
from webapp.checkpoints.evaluating import evaluate, try_it
from webapp.checkpoints.models import Evaluation
from webapp.checkpoints.selection import latest
from webapp.datasets import mending
from webapp.datasets.models import Dataset
from webapp.jobs.models import Job
from webapp.launches import lifecycle
from webapp.launches.on_version import train_on
from webapp.teams.models import Team, User


def finished(job: Job) -> Any:
    wait_for(lambda: type(job).rows().get(pk=job.pk).is_finished, 60)
    job.refresh_from_db()
    assert (job.state, str(job.error)) == ("finished", "")
    return job.result  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.one_database
def test_a_teams_own_data_takes_the_whole_way(start_worker: StartWorker, team: Team, member: User) -> None:
    parts = factories.make_dataset(team, member)
    facts: DatasetFacts = parts.facts
    spec = default_spec(facts).model_copy(update={"fit": default_spec(facts).fit.model_copy(update={"epochs": 20})})
    run = lifecycle.launch(factories.make_experiment(team, member, "parts"), spec, user=member)
    worker = start_worker(keras=True)
    wait_for_state(run, "finished", 60)
    started = run.events.get(kind="started").payload
    assert started["content_hash"] == run.spec["dataset"]["content_hash"] == parts.content_hash
    lifecycle.resume(run, user=member, epochs=25)
    wait_for_state(run, "finished", 60)
    checkpoint = latest(run)
    assert checkpoint is not None
    assert checkpoint.epoch == 25
    measured = finished(evaluate(checkpoint, "test", member))
    assert measured["classes"] == ["good", "scrap"]
    assert measured["metrics"]["accuracy"] > 0.8
    asked = try_it(checkpoint, member, row=[3.0, 3.0, 3.0, 3.0])
    finished(asked)
    assert asked.result["classes"][0]["name"] == "scrap"
    mending.correct(team, member, parts, [Correction(index=at, label=None) for at in range(20)])
    version = mending.make_version(team, member, parts)
    wait_for(lambda: Dataset.objects.get(pk=version.pk).is_finished, 60)
    version.refresh_from_db()
    assert (version.state, version.facts.num_left_out) == ("finished", 20)
    again = train_on(version, run, user=member)
    wait_for_state(again, "finished", 60)
    before, after = run.events.filter(kind="started").last(), again.events.get(kind="started")
    held_out = ("num_train", "num_validation", "num_test")
    assert sum(after.payload[part] for part in held_out) == sum(before.payload[part] for part in held_out) - 20
    on_version = Evaluation.objects.get(dataset=version)
    assert finished(on_version)["num_examples"] == after.payload["num_test"]
    worker.send(signal.SIGTERM)  # a spare that is just starting would not notice at once that its worker was killed
    worker.process.wait(60)
