"""A team's own data, from a prepared folder to an answer: trained, resumed, evaluated and asked by a real worker."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests import factories
from tests.work.conftest import StartWorker, wait_for, wait_for_state
from trainer.data.facts import DatasetFacts
from trainer.validation.presets import default_spec
from webapp.checkpoints.evaluating import evaluate, try_it
from webapp.checkpoints.selection import latest
from webapp.jobs.models import Job
from webapp.launches import lifecycle
from webapp.teams.models import Team, User


def finished(job: Job) -> Any:
    wait_for(lambda: type(job).rows().get(pk=job.pk).is_finished, 60)
    job.refresh_from_db()
    assert (job.state, str(job.error)) == ("finished", "")
    return job.result  # type: ignore[attr-defined]


@pytest.mark.slow
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
    worker.send(signal.SIGTERM)  # a spare that is just starting would not notice at once that its worker was killed
    worker.process.wait(60)
